import * as z from "zod";

/** The kinds of values that several keys of the config have. */
export const port = z.int().min(1).max(65_535);
export const address = z.union([z.ipv4(), z.ipv6()]);
export const exitCode = z.int().min(0).max(255);
export const seconds = z.number().positive();
export const command = z.array(z.string()).min(1);
export const envRecord = z.record(z.string(), z.string());
export const httpUrl = z.string().regex(/^https?:\/\/[^/\s]+/);
