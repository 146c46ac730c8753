/**
 * What options are for, as help pages say it: by the option's name, or by `COMMAND.NAME` where it means
 * something of its own there. Names without an entry speak for themselves.
 */
const PHRASES = `
domain|name, number or UUID of the domain
config|for the next start
live|for the running domain
current|for the present state
persistent|now and for later starts
validate|check the XML against the schema
xpath|show what this XPath expression finds
wrap|put what is found into one element
security-info|with passwords and the like
timestamp|with the time of each event
loop|go on after the first event
event|kind of event to wait for
list|show the kinds of events
all|all of them
pool|name or UUID of the pool
network|name or UUID of the network
file|file with the XML
device|device, by its name
snapshotname|name of the snapshot
path|path of the disk
xml|file with other XML to use
cellno|number of the NUMA cell
size|size, in KiB unless a unit follows
hmp|in the words that people use
return-value|only what the member return holds
pass-fds|numbers of open files to hand over
command|command or group to explain
split|at commas
daemon|the daemon's version too
devname|name of the device in the guest
safe|only where two cannot write at once
autodestroy|stop it when virsh ends
bypass-cache|around the host's page cache
force-boot|forget a saved state
mode|way to do it
snapshots-metadata|with what libvirt knows of snapshots
checkpoints-metadata|with what libvirt knows of checkpoints
remove-all-storage|with all its disks
storage|with these disks, commas between
wipe-storage|overwrite the disks
delete-storage-volume-snapshots|with snapshots in the disks
nvram|with the firmware's variables
keep-nvram|without the firmware's variables
tpm|with the state of its TPM
keep-tpm|without the state of its TPM
update-cpu|with the CPU as the host has it
period|seconds between the guest's reports
hard-limit|the most memory, in KiB unless a unit follows
soft-limit|memory when it is scarce, in KiB unless a unit follows
swap-hard-limit|the most memory and swap, in KiB unless a unit follows
min-guarantee|memory that is sure, in KiB unless a unit follows
nodeset|NUMA nodes of the host
vcpu|number of the virtual CPU
cpulist|numbers of host processors
hotpluggable|able to be unplugged again
enforce|fail where a group is not known
backing|with the files below
nowait|only what is known at once
list.persistent|those with a configuration
list.autostart|those that start with the host
list.no-autostart|those that do not start with the host
list.inactive|those that are off
list.all|those that are on and off
with-managed-save|those with a saved state
without-managed-save|those without a saved state
rawstats|all numbers by their own names
keep-completed|and remember it further
anystats|whatever the job is
disk-only|disks without memory
reuse-external|use files that are there
no-metadata|libvirt does not keep account of it
metadata|only what libvirt keeps of it
memspec|file=NAME,snapshot=TYPE for memory
diskspec|DISK,snapshot=TYPE,driver=TYPE,stype=TYPE,file=NAME
xmlfile|file with the XML
children|with all that follow it
children-only|only those that follow it
parent|with their parents
roots|only those without a parent
leaves|only those that nothing follows
no-leaves|only those that something follows
from|only those that follow this one
descendants|with those that follow further
topological|parents before children
snapshot-list.active|taken while the domain ran
snapshot-list.inactive|taken while the domain was off
snapshot-list.current|those that follow the current one
snapshot-list.metadata|of which libvirt keeps account
snapshot-list.no-metadata|of which libvirt keeps no account
percent|shares during one second
pagesize|size of a page, in KiB unless a unit follows
add|to those that are there
shm-pages-to-scan|pages to look at between two sleeps
shm-sleep-millisecs|milliseconds to sleep
shm-merge-across-nodes|whether pages of several nodes become one
dump.live|while the guest runs
start.domain|name or UUID of the domain
domid.domain|name or UUID of the domain
domname.domain|number or UUID of the domain
domuuid.domain|name or number of the domain
domrename.domain|domain that is off
event.domain|only of this domain
domstats.domain|only of these domains
connect.name|address of the hypervisor
snapshot-current.name|only its name
snapshot-create-as.name|name for it
create.paused|hold it at its first instruction
start.paused|hold it at its first instruction
shutdown.mode|acpi, agent, initctl, signal, paravirt; commas between
reboot.mode|acpi, agent, initctl, signal, paravirt; commas between
numatune.mode|strict, preferred, interleave or restrictive
domhostname.source|lease or agent
snapshot-create.live|while the guest runs
snapshot-create-as.live|while the guest runs
snapshot-create.current|make it the current one
id|number of the thread
block|it is a block device
list.managed-save|show those with a saved state as saved
`;

let table: Map<string, string> | null = null;

/** The words for an option of a command. */
export function phrase(command: string, option: string): string {
  table ??= new Map(
    PHRASES.trim()
      .split('\n')
      .map((line) => line.split('|', 2) as [string, string]),
  );
  return table.get(`${command}.${option}`) ?? table.get(option) ?? option.replaceAll('-', ' ');
}
