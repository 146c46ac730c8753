/** Domain Management: commands in the form that command.ts reads. */
export const DOMAIN = `
attach-device | add a device that a file describes | domain! file! persistent config live current
attach-disk | add a disk | domain! source!0 target! targetbus= driver= subdriver= iothread= cache= io= type= shareable@mode=shareable mode= sourcetype= serial= wwn= alias= rawio address= multifunction print-xml source-protocol= source-host-name= source-host-transport= source-host-socket= persistent config live current
attach-interface | add a network interface | domain! type! source! target= mac= script= model= alias= inbound= outbound= persistent config live current print-xml managed source-mode=
autostart | start a domain with the host, or no longer | domain! disable
blkdeviotune | show or limit the traffic of a disk | domain! device! total_bytes_sec@total-bytes-sec total-bytes-sec# read_bytes_sec@read-bytes-sec read-bytes-sec# write_bytes_sec@write-bytes-sec write-bytes-sec# total_iops_sec@total-iops-sec total-iops-sec# read_iops_sec@read-iops-sec read-iops-sec# write_iops_sec@write-iops-sec write-iops-sec# total_bytes_sec_max@total-bytes-sec-max total-bytes-sec-max# read_bytes_sec_max@read-bytes-sec-max read-bytes-sec-max# write_bytes_sec_max@write-bytes-sec-max write-bytes-sec-max# total_iops_sec_max@total-iops-sec-max total-iops-sec-max# read_iops_sec_max@read-iops-sec-max read-iops-sec-max# write_iops_sec_max@write-iops-sec-max write-iops-sec-max# size_iops_sec@size-iops-sec size-iops-sec# group_name@group-name group-name= total_bytes_sec_max_length@total-bytes-sec-max-length total-bytes-sec-max-length# read_bytes_sec_max_length@read-bytes-sec-max-length read-bytes-sec-max-length# write_bytes_sec_max_length@write-bytes-sec-max-length write-bytes-sec-max-length# total_iops_sec_max_length@total-iops-sec-max-length total-iops-sec-max-length# read_iops_sec_max_length@read-iops-sec-max-length read-iops-sec-max-length# write_iops_sec_max_length@write-iops-sec-max-length write-iops-sec-max-length# config live current
blkiotune | show or set shares of block I/O | domain! weight# device-weights= device-read-iops-sec= device-write-iops-sec= device-read-bytes-sec= device-write-bytes-sec= config live current
blockcommit | move data of an overlay down its chain | domain! path! bandwidth# base= shallow top= active delete wait verbose timeout# pivot keep-overlay async keep-relative bytes
blockcopy | copy a disk while it is used | domain! path! dest= bandwidth# shallow reuse-external raw@format=raw blockdev wait verbose timeout# pivot finish async xml= format= granularity# buf-size# bytes transient-job synchronous-writes print-xml
blockjob | show or steer a job on a disk | domain! path! abort async pivot info bytes raw bandwidth#
blockpull | move data of backing files up the chain | domain! path! bandwidth# base= wait verbose timeout# async keep-relative bytes
blockresize | give a disk another size | domain! path! size#!
change-media | exchange what lies in a drive | domain! path! source= eject insert update current live config force print-xml block
console | type at a guest's serial console | domain! devname= force safe
cpu-stats | processor time that a domain used | domain! total start# count#
create | start a transient domain from a file | file! console paused autodestroy pass-fds= validate reset-nvram
define | make or change a persistent domain from a file | file! validate
desc | show or set a description or title | domain! live config current title edit new-desc*
destroy | switch a domain off at once | domain! graceful remove-logs
detach-device | remove a device that a file describes | domain! file! persistent config live current
detach-device-alias | remove the device of an alias | domain! alias! config live current
detach-disk | remove a disk | domain! target! persistent config live current print-xml
detach-interface | remove a network interface | domain! type! mac= persistent config live current print-xml
domdisplay | address of a graphical display | domain! include-password type= all
domfsfreeze | hold writes to a guest's file systems | domain! mountpoint*
domfsthaw | allow writes to a guest's file systems again | domain! mountpoint*
domfsinfo | file systems that a guest has mounted | domain!
domfstrim | give unused blocks of a guest back | domain! minimum# mountpoint=
domhostname- | host name that a guest has | domain! source=
domid- | number of a domain | domain!
domif-setlink | plug or unplug an interface's cable | domain! interface! state! persistent@config config print-xml
domiftune | show or limit the traffic of an interface | domain! interface! inbound= outbound= config live current
domjobabort | end the job under way | domain! postcopy
domjobinfo | how far a job got | domain! completed keep-completed anystats rawstats
domlaunchsecinfo | show how a protected guest was launched | domain!
domsetlaunchsecstate | give a protected guest its secret | domain! secrethdr=^ secret=^ set-address#
domname- | name of a domain | domain!
domrename | give a domain another name | domain! new-name!
dompmsuspend | let a guest suspend itself | domain! target! duration#^
dompmwakeup | wake a guest that suspended itself | domain!
domuuid- | UUID of a domain | domain!
domxml-from-native | turn a native configuration into XML | format! config!
domxml-to-native | turn XML into a native configuration | format! domain=^ xml=
dump | write a guest's memory to a file | domain! file! live crash bypass-cache reset verbose memory-only format=
dumpxml | XML description of a domain | domain! inactive security-info update-cpu migratable xpath=^ wrap
edit | change a domain's XML in an editor | domain! skip-validate
get-user-sshkeys | SSH keys that a guest's user accepts | domain! user!
inject-nmi | send a non-maskable interrupt | domain!
iothreadinfo | show the I/O threads of a domain | domain! config live current
iothreadpin | choose the processors of an I/O thread | domain! iothread#! cpulist! config live current
iothreadadd | add an I/O thread | domain! id#! config live current
iothreadset | change an I/O thread | domain! id#! poll-max-ns# poll-grow# poll-shrink# thread-pool-min# thread-pool-max# config live current
iothreaddel | remove an I/O thread | domain! id#! config live current
send-key | press keys of a guest's keyboard | domain! codeset=^ holdtime#^ keycode*!
send-process-signal | send a signal to a guest's process | domain! pid! signame!
lxc-enter-namespace | run a command within a container | domain! noseclabel cmd*!
managedsave | save a domain where libvirt keeps it | domain! bypass-cache running paused verbose
managedsave-remove | throw the managed image away | domain!
managedsave-edit | change a managed image's XML in an editor | domain! running paused
managedsave-dumpxml | XML that a managed image holds | domain! security-info xpath=^ wrap
managedsave-define | replace the XML of a managed image | domain! xml! running paused
memtune | show or set limits of memory | domain! hard-limit# soft-limit# swap-hard-limit# min-guarantee# config live current
perf | show or choose performance events | domain! enable= disable= config live current
metadata | show or set XML that users attach | domain! uri! live config current edit key= set= remove
migrate | move a domain to another host | domain! desturi! live offline p2p direct tunneled@tunnelled tunnelled persistent undefinesource suspend copy-storage-all copy-storage-inc copy-storage-synchronous-writes change-protection unsafe verbose compressed auto-converge rdma-pin-all abort-on-error postcopy postcopy-after-precopy postcopy-resume zerocopy migrateuri= graphicsuri= listen-address= dname= timeout# timeout-suspend timeout-postcopy xml= migrate-disks= disks-port# disks-uri= comp-methods= comp-mt-level# comp-mt-threads# comp-mt-dthreads# comp-xbzrle-cache# auto-converge-initial# auto-converge-increment# persistent-xml= tls postcopy-bandwidth# parallel parallel-connections# bandwidth# tls-destination=
migrate-setmaxdowntime | set how long a migration may pause | domain! downtime#!
migrate-getmaxdowntime | show how long a migration may pause | domain!
migrate-compcache | show or set the compression cache | domain! size#^
migrate-setspeed | limit the bandwidth of a migration | domain! bandwidth#! postcopy
migrate-getspeed | show the bandwidth limit of a migration | domain! postcopy
migrate-postcopy | let the guest go on at the other host | domain!
numatune | show or set where memory comes from | domain! mode= nodeset= config live current
qemu-attach | take over a running QEMU process | pid!
qemu-monitor-command | talk to QEMU's monitor | domain! hmp pretty return-value pass-fds=^ cmd*!
qemu-monitor-event | wait for events of QEMU's monitor | domain= event= pretty loop timeout# regex no-case timestamp
qemu-agent-command | talk to the agent in a guest | domain! timeout#^ async block pretty cmd*!
guest-agent-timeout | set how long to wait for the agent | domain! timeout#^
reboot | ask a guest to restart | domain! mode=
reset | press a domain's reset button | domain!
restore | start a domain from a saved file | file! bypass-cache xml= running paused reset-nvram
resume | let a suspended domain go on | domain!
save | save a domain to a file and stop it | domain! file! bypass-cache xml= running paused verbose
save-image-define | replace the XML of a saved file | file! xml! running paused
save-image-dumpxml | XML that a saved file holds | file! security-info xpath=^ wrap
save-image-edit | change a saved file's XML in an editor | file! running paused
schedinfo | show or set the scheduler's parameters | domain! weight#^ cap#^ current config live set*
screenshot | take a picture of a guest's screen | domain! file= screen#
set-lifecycle-action | choose what follows an end or crash | domain! type! action! config live current
set-user-sshkeys | change the SSH keys of a guest's user | domain! user! file= reset remove
set-user-password | give a guest's user another password | domain! user! password! encrypted
setmaxmem | set the most memory a domain may have | domain! kilobytes@size size#! config live current
setmem | set the memory a domain has now | domain! kilobytes@size size#! config live current
setvcpus | set the number of virtual CPUs | domain! count#! maximum config live current guest hotpluggable
shutdown | ask a guest to shut down | domain! mode=
start | start a domain that is defined | domain! console paused autodestroy bypass-cache force-boot pass-fds= reset-nvram
suspend | hold a domain where it is | domain!
ttyconsole | device of a domain's console | domain!
undefine | forget a domain's configuration | domain! managed-save storage= remove-all-storage delete-snapshots@delete-storage-volume-snapshots delete-storage-volume-snapshots wipe-storage snapshots-metadata checkpoints-metadata nvram keep-nvram tpm keep-tpm
update-device | change a device as a file describes | domain! file! persistent config live current force
update-memory-device | change the size of a memory device | domain! config live current print-xml alias= node# requested-size#
vcpucount | count virtual CPUs | domain! maximum active live config current guest
vcpuinfo | details of each virtual CPU | domain! pretty
vcpupin | show or choose processors of virtual CPUs | domain! vcpu# cpulist=0 config live current
emulatorpin | show or choose processors of the emulator | domain! cpulist=0 config live current
vncdisplay | address of the VNC display | domain!
guestvcpus | show or switch virtual CPUs through the agent | domain! cpulist= enable disable
setvcpu | plug or unplug single virtual CPUs | domain! vcpulist! enable disable config live current
domblkthreshold | report when a disk fills beyond a mark | domain! dev! threshold#!
guestinfo | ask the agent about its guest | domain! user os timezone hostname filesystem disk interface
domdirtyrate-calc | measure how fast a guest writes memory | domain! seconds# mode=
dom-fd-associate | hand file descriptors to a domain | domain! name! pass-fds! seclabel-writable seclabel-restore
`;
