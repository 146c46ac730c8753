/** Domain Monitoring: commands in the form that command.ts reads. */
export const MONITOR = `
domblkerror | disks with errors | domain!
domblkinfo | sizes of a disk | domain! device= human all
domblklist | disks of a domain | domain! inactive details
domblkstat | counters of a disk | domain! device=0 human
domcontrol | whether a domain can be controlled | domain!
domif-getlink | whether an interface's cable is plugged | domain! interface! persistent@config config
domifaddr | addresses of a guest's interfaces | domain! interface= full source=
domiflist | network interfaces of a domain | domain! inactive
domifstat | counters of an interface | domain! interface!
dominfo | overview of a domain | domain!
dommemstat | memory numbers of a domain | domain! period#^ config live current
domstate | state of a domain | domain! reason
domstats | counters of one or more domains | state cpu-total balloon vcpu interface block perf iothread memory dirtyrate vm list-active list-inactive list-persistent list-transient list-running list-paused list-shutoff list-other raw enforce backing nowait domain*
domtime | show or set a guest's clock | domain! now pretty sync time#
list | show domains | inactive all transient persistent with-snapshot without-snapshot with-checkpoint without-checkpoint state-running state-paused state-shutoff state-other autostart no-autostart with-managed-save without-managed-save uuid name id table managed-save title
`;
