/**
 * Version of the shapes in this folder. It increases when a reader of the old shapes would misread the new ones. A new
 * optional field does not increase it, because readers ignore fields that they do not know.
 */
export const SCHEMA_VERSION = 1;
