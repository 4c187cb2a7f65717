/**
 * Version of the shapes in this folder. It rises when a reader of the old shape would misread the new one;
 * a new optional field does not raise it, because readers ignore fields they do not know.
 */
export const SCHEMA_VERSION = 1;
