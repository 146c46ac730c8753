/** Backup: commands in the form that command.ts reads. */
export const BACKUP = `
backup-begin | back up disks of a running domain | domain! backupxml= checkpointxml= reuse-external
backup-dumpxml | XML description of the backup under way | domain! xpath=^ wrap
`;
