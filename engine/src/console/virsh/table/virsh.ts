/** Virsh itself: commands in the form that command.ts reads. */
export const VIRSH = `
cd~ | go to another folder | dir=
echo~ | repeat arguments, quoted where wanted | shell xml split err str@string hi@string=hello string*
exit~- | leave this shell |
help~ | explain commands | command=
pwd~ | show the folder in which one is |
quit~- | leave this shell |
self-test~. | check the table of commands | completers-missing
complete~. | complete a line that is begun | string*0
connect~ | connect to a hypervisor, or again | name=0 readonly
`;
