/**
 * What libvirt knows of a domain's document, in the order in which it prints it (domain_conf.c). `@name` is an
 * attribute, `@name=a,b` one with few values, `name*` a child that may stand there more than once, `+` before a
 * name means that the schema wants it. A place is looked up as `parent/name` and then as `name`; one that is not
 * there holds text only, `ANY` holds anything.
 */
export const ANY = '...';

const ONOFF = 'on,off';
const YESNO = 'yes,no';
const SIZE = '@unit';
const INFO = 'boot alias address';
const PIN = '@cpuset';
const CHARDEV = `+@type=null,vc,pty,dev,file,pipe,stdio,udp,tcp,unix,spicevmc,spiceport,nmdm,qemu-vdagent,dbus @tty source protocol log target ${INFO}`;

export const SHAPES: Readonly<Record<string, string>> = {
  domain:
    '+@type @id +name uuid genid title description metadata maxMemory memory currentMemory blkiotune memtune memoryBacking vcpu vcpus iothreads iothreadids cputune numatune resource sysinfo bootloader bootloader_args os features cpu clock on_poweroff on_reboot on_crash on_lockfailure pm perf devices seclabel*',
  metadata: ANY,
  genid: ANY,
  sysinfo: ANY,
  seclabel: ANY,
  perf: ANY,
  blkiotune: ANY,
  'domain/maxMemory': `+@slots ${SIZE}`,
  'domain/memory': `@dumpCore=${ONOFF} ${SIZE}`,
  currentMemory: SIZE,
  memoryBacking: 'hugepages nosharepages locked source access allocation discard',
  hugepages: 'page*',
  page: '+@size @unit @nodeset',
  'memoryBacking/source': '+@type=file,anonymous,memfd',
  'memoryBacking/access': '+@mode=shared,private',
  'memoryBacking/allocation': '@mode=immediate,ondemand @threads',
  memtune: 'hard_limit soft_limit min_guarantee swap_hard_limit',
  hard_limit: SIZE,
  soft_limit: SIZE,
  min_guarantee: SIZE,
  swap_hard_limit: SIZE,
  vcpu: '@placement=static,auto @cpuset @current',
  vcpus: 'vcpu*',
  'vcpus/vcpu': `+@id @enabled=${YESNO} @hotpluggable=${YESNO} @order`,
  iothreadids: 'iothread*',
  iothread: '+@id @thread_pool_min @thread_pool_max poll',
  poll: '@max @grow @shrink',
  cputune:
    'shares period quota global_period global_quota emulator_period emulator_quota vcpupin* emulatorpin iothreadpin*',
  vcpupin: `+@vcpu +${PIN}`,
  emulatorpin: `+${PIN}`,
  iothreadpin: `+@iothread +${PIN}`,
  numatune: 'memory memnode*',
  'numatune/memory':
    '@mode=strict,preferred,interleave,restrictive @nodeset @placement=static,auto',
  memnode: '+@cellid +@mode=strict,preferred,interleave,restrictive +@nodeset',
  resource: 'partition',
  os: '@firmware=bios,efi +type loader nvram kernel initrd cmdline dtb boot* bootmenu bios smbios',
  'os/type': '@arch @machine',
  'os/loader': '@readonly=yes,no @secure=yes,no @type=rom,pflash',
  nvram: '@template',
  'os/boot': '+@dev=hd,fd,cdrom,network',
  bootmenu: '+@enable=yes,no @timeout',
  bios: `@useserial=${YESNO} @rebootTimeout`,
  smbios: '+@mode',
  features:
    'acpi apic pae hap viridian privnet hyperv kvm xen pvspinlock pmu vmport gic smm ioapic hpt htm nested-hv capabilities vmcoreinfo',
  apic: `@eoi=${ONOFF}`,
  hap: `@state=${ONOFF}`,
  hyperv: ANY,
  kvm: ANY,
  xen: ANY,
  pvspinlock: `@state=${ONOFF}`,
  pmu: `@state=${ONOFF}`,
  vmport: `@state=${ONOFF}`,
  gic: ANY,
  smm: ANY,
  ioapic: ANY,
  vmcoreinfo: `@state=${ONOFF}`,
  cpu: '@mode=custom,host-model,host-passthrough,maximum @match=minimum,exact,strict @check=none,partial,full @migratable=on,off model vendor topology cache maxphysaddr feature* numa',
  'cpu/model': '@fallback=allow,forbid @vendor_id',
  topology: '+@sockets @dies +@cores +@threads',
  'cpu/cache': '@level @mode',
  maxphysaddr: '+@mode=emulate,passthrough @bits',
  feature: '+@policy=force,require,optional,disable,forbid +@name',
  numa: 'cell*',
  cell: `@id @cpus +@memory @unit @memAccess=shared,private @discard=${YESNO} distances cache*`,
  distances: 'sibling*',
  'cell/cache': ANY,
  sibling: '+@id +@value',
  clock:
    '+@offset=utc,localtime,variable,timezone,absolute @adjustment @basis @timezone @start timer*',
  timer: `+@name @tickpolicy @track @frequency @mode @present=${YESNO}`,
  pm: 'suspend-to-mem suspend-to-disk',
  'suspend-to-mem': `@enabled=${YESNO}`,
  'suspend-to-disk': `@enabled=${YESNO}`,
  devices:
    'emulator disk* controller* lease* filesystem* interface* smartcard* serial* parallel* console* channel* input* tpm* graphics* sound* audio* video* hostdev* redirdev* hub* watchdog* memballoon* rng* panic* shmem* memory* vsock iommu',
  lease: ANY,
  filesystem: ANY,
  smartcard: ANY,
  tpm: ANY,
  hostdev: ANY,
  redirdev: ANY,
  hub: ANY,
  panic: ANY,
  shmem: ANY,
  vsock: ANY,
  iommu: ANY,
  protocol: '@type',
  log: '@file @append',
  boot: '+@order',
  alias: '+@name',
  address:
    '@type @controller @domain @bus @slot @function @multifunction @base @target @unit @port @cid @iobase @irq',
  disk: `@type=file,block,dir,network,volume,nvme,vhostuser @device=disk,cdrom,floppy,lun @model @snapshot driver source backingStore +target iotune readonly shareable transient serial wwn vendor product ${INFO}`,
  'disk/driver':
    '@name @type=none,raw,dir,bochs,cloop,dmg,iso,vpc,vdi,fat,vhd,ploop,cow,qcow,qcow2,qed,vmdk @cache=default,none,writethrough,writeback,directsync,unsafe @error_policy @rerror_policy @io=native,threads,io_uring @ioeventfd @event_idx @copy_on_read @discard=unmap,ignore @iothread @detect_zeroes @queues',
  'disk/source': '@file @dev @dir @protocol @name @pool @volume @startupPolicy @index',
  backingStore: ANY,
  iotune: ANY,
  'disk/target': '+@dev @bus=ide,fdc,scsi,virtio,xen,usb,uml,sata,sd @tray @removable',
  controller: `+@type=ide,fdc,scsi,sata,virtio-serial,ccid,usb,pci,xenbus,isa @index @model @ports @vectors driver model target ${INFO}`,
  'controller/driver': '@iothread @queues @cmd_per_lun @max_sectors',
  'controller/model': '+@name',
  'controller/target': '@chassisNr @chassis @port @busNr @hotplug',
  interface: `+@type=user,ethernet,vhostuser,server,client,mcast,network,bridge,internal,direct,hostdev,udp,vdpa,null,vds mac source target model driver link mtu ${INFO}`,
  mac: '+@address',
  'interface/source': '@network @portgroup @bridge @dev @mode @address @port',
  'interface/target': '@dev',
  'interface/model': '+@type',
  'interface/driver': '@name @queues @rx_queue_size @tx_queue_size',
  link: '+@state=up,down',
  mtu: '+@size',
  serial: CHARDEV,
  parallel: CHARDEV,
  console: CHARDEV,
  channel: CHARDEV,
  source: '@path @mode @host @service @channel',
  'serial/target': '@type @port model',
  'parallel/target': '@port',
  'console/target': '@type @port',
  'channel/target': '@type @name @state @port @address',
  'target/model': '+@name',
  'disk/serial': '',
  input: `+@type=mouse,tablet,keyboard,passthrough,evdev @bus=ps2,usb,xen,virtio,none @model driver source ${INFO}`,
  graphics:
    '+@type=sdl,vnc,rdp,desktop,spice,egl-headless,dbus @port @tlsPort @autoport=yes,no @websocket @listen @keymap @passwd @defaultMode @sharePolicy listen* image streaming gl',
  listen: '+@type=none,address,network,socket @address @network @socket',
  image: '@compression',
  streaming: '@mode',
  gl: '@enable @rendernode',
  sound: `+@model=sb16,es1370,pcspk,ac97,ich6,ich9,usb,ich7 codec* ${INFO}`,
  codec: '@type',
  audio: '@id @type=none,alsa,coreaudio,jack,oss,pulseaudio,sdl,spice,file,dbus',
  video: `driver model ${INFO}`,
  'video/model':
    '+@type=default,vga,cirrus,vmvga,xen,vbox,qxl,parallels,virtio,gop,none,bochs,ramfb @ram @vram @vram64 @vgamem @heads @primary acceleration resolution',
  acceleration: '@accel3d @accel2d @rendernode',
  resolution: '@x @y',
  watchdog: `+@model=i6300esb,ib700,diag288,itco @action=reset,shutdown,poweroff,pause,dump,none,inject-nmi ${INFO}`,
  memballoon: `+@model=virtio,xen,none,virtio-transitional,virtio-non-transitional @autodeflate=${ONOFF} @freePageReporting=${ONOFF} stats ${INFO} driver`,
  'memballoon/driver': '@iommu @ats @packed @page_per_vq',
  stats: '+@period',
  rng: `+@model=virtio,virtio-transitional,virtio-non-transitional rate +backend ${INFO}`,
  rate: '@bytes @period',
  backend: '+@model=random,egd,builtin @type',
  'devices/memory': `+@model=dimm,nvdimm,virtio-pmem,virtio-mem,sgx-epc @access=shared,private @discard=${YESNO} uuid source +target ${INFO}`,
  'memory/source': 'nodemask pagesize path alignsize pmem',
  'memory/target': '+size node label block requested current readonly',
  label: 'size',
  size: SIZE,
  block: SIZE,
  requested: SIZE,
  current: SIZE,
  pagesize: SIZE,
  alignsize: SIZE,
};

export interface Shape {
  attributes: { name: string; values: string[] | null; wanted: boolean }[];
  children: { name: string; many: boolean; wanted: boolean }[];
}

const shapes = new Map<string, Shape>();

/** What may stand at a place; null where anything may. */
export function shapeOf(parent: string, name: string): Shape | null {
  const key = `${parent}/${name}` in SHAPES ? `${parent}/${name}` : name;
  const text = Object.hasOwn(SHAPES, key) ? (SHAPES[key] ?? '') : '';
  if (text === ANY) return null;
  let shape = shapes.get(key);
  if (shape === undefined) {
    shape = { attributes: [], children: [] };
    for (const word of text.split(' ').filter((part) => part !== '')) {
      const wanted = word.startsWith('+');
      const plain = wanted ? word.slice(1) : word;
      if (plain.startsWith('@')) {
        const [key, values] = plain.slice(1).split('=');
        shape.attributes.push({ name: key ?? '', values: values?.split(',') ?? null, wanted });
      } else {
        const many = plain.endsWith('*');
        shape.children.push({ name: many ? plain.slice(0, -1) : plain, many, wanted });
      }
    }
    shapes.set(key, shape);
  }
  return shape;
}
