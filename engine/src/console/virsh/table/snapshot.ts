/** Snapshot: commands in the form that command.ts reads. */
export const SNAPSHOT = `
snapshot-create | take a snapshot that a file describes | domain! xmlfile= redefine current no-metadata halt disk-only reuse-external quiesce atomic live validate
snapshot-create-as | take a snapshot from arguments | domain! name= description= print-xml no-metadata halt disk-only reuse-external quiesce atomic live validate memspec=^ diskspec*
snapshot-current | show or choose the current snapshot | domain! name security-info snapshotname=
snapshot-delete | delete a snapshot | domain! snapshotname= current children children-only metadata
snapshot-dumpxml | XML description of a snapshot | domain! snapshotname! security-info xpath=^ wrap
snapshot-edit | change a snapshot's XML in an editor | domain! snapshotname= current rename clone
snapshot-info | overview of a snapshot | domain! snapshotname= current
snapshot-list | snapshots of a domain | domain! parent roots leaves no-leaves metadata no-metadata inactive active disk-only internal external tree from= current descendants name topological
snapshot-parent | parent of a snapshot | domain! snapshotname= current
snapshot-revert | go back to a snapshot | domain! snapshotname= current running paused force reset-nvram
`;
