/** Checkpoint: commands in the form that command.ts reads. */
export const CHECKPOINT = `
checkpoint-create | make a checkpoint that a file describes | domain! xmlfile= redefine redefine-validate quiesce
checkpoint-create-as | make a checkpoint from arguments | domain! name= description= print-xml quiesce diskspec*
checkpoint-delete | delete a checkpoint | domain! checkpointname= children children-only metadata
checkpoint-dumpxml | XML description of a checkpoint | domain! checkpointname= security-info no-domain size xpath=^ wrap
checkpoint-edit | change a checkpoint's XML in an editor | domain! checkpointname=
checkpoint-info | overview of a checkpoint | domain! checkpointname=
checkpoint-list | checkpoints of a domain | domain! parent roots leaves no-leaves tree from= descendants name topological
checkpoint-parent | parent of a checkpoint | domain! checkpointname=
`;
