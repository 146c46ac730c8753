/** Node Device: commands in the form that command.ts reads. */
export const NODEDEV = `
nodedev-create | make a device of the host from a file | file! validate
nodedev-destroy | remove a device of the host | name@device device!
nodedev-detach | free a device of the host for guests | device! driver=
nodedev-dettach > nodedev-detach
nodedev-dumpxml | XML description of a device of the host | device! xpath=^ wrap
nodedev-list- | devices of the host | tree cap= inactive all
nodedev-reattach | give a device back to the host | device!
nodedev-reset | reset a device of the host | device!
nodedev-event | list kinds of device events, or wait for them | device= event= loop timeout# list timestamp
nodedev-define | define a device of the host from a file | file! validate
nodedev-undefine | forget a device of the host | device!
nodedev-start | start a device that is defined | device!
nodedev-autostart | start a device with the host, or no longer | device! disable
nodedev-info | overview of a device of the host | device!
`;
