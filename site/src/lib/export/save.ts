/** Hands something to the reader as a file. */
export function save(what: Blob, file: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(what);
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}
