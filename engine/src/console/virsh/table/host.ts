/** Host and Hypervisor: commands in the form that command.ts reads. */
export const HOST = `
allocpages | change the pools of huge pages | pagesize#! pagecount#! cellno# add all
capabilities | what the host and hypervisor can do |
cpu-baseline | CPU that all given hosts can offer | file! features migratable
cpu-compare | compare a CPU with the host's | file! error validate
cpu-models | names of CPU models | arch!
domcapabilities | what a domain on this host may use | virttype= emulatorbin= arch= machine=
freecell | free memory of NUMA cells | cellno# all
freepages | free pages of NUMA cells | cellno# pagesize# all
hostname- | name of the hypervisor's host |
hypervisor-cpu-baseline | CPU that all given hypervisors can offer | file= virttype= emulator= arch= machine= features migratable model=
hypervisor-cpu-compare | compare a CPU with the hypervisor's | file! virttype= emulator= arch= machine= error validate
maxvcpus | most virtual CPUs of a domain | type=
node-memory-tune | show or set parameters of page sharing | shm-pages-to-scan# shm-sleep-millisecs# shm-merge-across-nodes#
nodecpumap | processors of the host | pretty
nodecpustats | processor time of the host | cpu# percent
nodeinfo | overview of the host |
nodememstats | memory numbers of the host | cell#
nodesevinfo | memory encryption of the host |
nodesuspend | let the host sleep for a time | target! duration#!
sysinfo | firmware tables of the host |
uri- | address of the connection |
version | versions of library and hypervisor | daemon
`;
