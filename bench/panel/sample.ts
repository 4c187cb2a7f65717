/** One start of the panel, in milliseconds. */
export interface Sample {
  /** From the bundle's first line to its last. */
  readonly loadMs: number;
  /** Of the call that activates it. */
  readonly activateMs: number;
  /** What the editor's page "Running Extensions" says: with reading the file, and with other extensions' turns. */
  readonly editorMs?: number;
}
