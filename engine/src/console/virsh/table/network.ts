/** Networking: commands in the form that command.ts reads. */
export const NETWORK = `
net-autostart | start a network with the host, or no longer | network! disable
net-create | start a transient network from a file | file! validate
net-define | make or change a persistent network from a file | file! validate
net-destroy | stop a network | network!
net-dhcp-leases | addresses that a network has given out | network! mac=
net-dumpxml | XML description of a network | network! inactive xpath=^ wrap
net-edit | change a network's XML in an editor | network!
net-event | list kinds of network events, or wait for them | network= event= loop timeout# list timestamp
net-info | overview of a network | network!
net-list | show networks | inactive all persistent transient autostart no-autostart uuid name table
net-name- | name of a network | network!
net-start | start a network that is defined | network!
net-undefine | forget a network's configuration | network!
net-update- | change a part of a network | network! command! section! xml! parent-index# config live current
net-uuid- | UUID of a network | network!
net-port-list | ports of a network | network! uuid table
net-port-create | make a port that a file describes | network! file! validate
net-port-dumpxml | XML description of a port | network! port! xpath=^ wrap
net-port-delete | delete a port | network! port!
`;
