/** Interface: commands in the form that command.ts reads. */
export const INTERFACE = `
iface-begin | note all interfaces, to be able to go back |
iface-bridge | put an interface into a new bridge | interface! bridge! no-stp delay# no-start
iface-commit | keep the changes since iface-begin |
iface-define | make or change a host interface from a file | file! validate
iface-destroy | take a host interface down | interface!
iface-dumpxml | XML description of a host interface | interface! inactive xpath=^ wrap
iface-edit | change a host interface's XML in an editor | interface!
iface-list | interfaces of the host | inactive all
iface-mac- | MAC address of a host interface | interface!
iface-name- | name of a host interface | interface!
iface-rollback | go back to what iface-begin noted |
iface-start | bring a host interface up | interface!
iface-unbridge | remove a bridge and free its interface | bridge! no-start
iface-undefine | forget a host interface | interface!
`;
