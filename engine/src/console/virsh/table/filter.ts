/** Network Filter: commands in the form that command.ts reads. */
export const FILTER = `
nwfilter-define | make or change a filter from a file | file! validate
nwfilter-dumpxml | XML description of a filter | nwfilter! xpath=^ wrap
nwfilter-edit | change a filter's XML in an editor | nwfilter!
nwfilter-list | filters of network traffic |
nwfilter-undefine | forget a filter | nwfilter!
nwfilter-binding-create | bind a filter as a file describes | file! validate
nwfilter-binding-delete | take a filter off a port | binding!
nwfilter-binding-dumpxml | XML description of a filter's binding | binding! xpath=^ wrap
nwfilter-binding-list | filters and the ports they are bound to |
`;
