import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { QuantityName } from './quantities.ts';

/** The words around a console; what the console itself prints is the real tools', in their language. */
const en = {
  title: 'Console',
  figure: 'A console on a host, and its memory',
  log: 'What was typed and printed',
  starting: 'The host is starting.',
  restoring: (percent: number) => `Restoring what you did: ${percent} %`,
  noScript: 'The console is a machine in your browser, which needs scripts.',
  outputOf: (command: string, time: number) =>
    time === 1 ? `output of ${command}` : `output of ${command} (${time})`,
  greeting: 'greeting',
  errorMark: 'error: ',
  lines: (count: string) => `${count} lines`,
  allLines: (count: string) => `Show all ${count} lines`,
  lastLines: (count: string) => `Show the last ${count} lines only`,
  earlier: (count: string) => `Show ${count} earlier commands`,
  noOutput: 'done, no output',
  errors: 'Errors: ',
  over: 'The shell has ended. Start the host anew to go on.',
  waiting: (count: number) =>
    count === 1 ? '1 line waits for its turn' : `${count} lines wait for their turn`,
  input: {
    shell: (prompt: string) => `Command line, ${prompt}`,
    virsh: (prompt: string) => `Command line of virsh, ${prompt}`,
    guest: 'Line for the guest’s console',
    program: 'Line for the program that reads',
    busy: 'A program runs; Ctrl+C stops it',
    leave: 'Tab completes. Escape, then Tab, leaves the console.',
  },
  search: {
    title: 'Search the history',
    label: 'Part of an earlier line',
    hint: 'Enter puts the line at the prompt; ↑ and ↓ or Ctrl+R choose another; Escape leaves.',
    none: 'No earlier line contains this.',
    empty: 'Nothing was typed yet.',
    matches: 'Earlier lines, the latest first',
  },
  completions: (count: string) => `${count} ways to go on`,
  more: (count: string) => `and ${count} more; type on`,
  bar: {
    title: 'Keys',
    tab: 'Tab',
    older: 'Earlier line',
    newer: 'Later line',
    interrupt: 'Ctrl+C',
    escape: 'Ctrl+]',
    history: 'History',
  },
  edit: {
    title: (path: string) => `Editing ${path}`,
    label: 'The file',
    save: 'Save',
    cancel: 'Cancel',
    hint: 'Escape closes without saving.',
  },
  tools: {
    title: 'The host',
    speed: 'Time',
    speedName: (times: number) => (times === 1 ? 'as on the wall' : `${times} times as fast`),
    undo: 'Undo the last line',
    reset: 'Start the host anew',
    resetAsk: 'All that was done on it is forgotten.',
    resetYes: 'Start anew',
    resetNo: 'Keep it',
    tooLong:
      'More was done here than the browser keeps; after a reload, only the first 2,000 steps are there.',
  },
  help: {
    title: 'Keys',
    rows: [
      ['Enter', 'runs the line; Shift+Enter goes on in another'],
      ['↑ ↓', 'earlier and later lines'],
      ['Ctrl+R', 'searches the earlier lines'],
      ['Tab', 'completes; once more shows what there is'],
      ['Escape, Tab', 'leaves the console; so does Tab on an empty line, and Shift+Tab'],
      ['Ctrl+C', 'stops what runs; copies where something is marked'],
      ['Ctrl+D', 'ends the input, and a shell'],
      ['Ctrl+L', 'clears the screen'],
      ['Ctrl+]', 'leaves a guest’s console'],
      [
        'Ctrl+A E U K W Y',
        'move and cut as in readline, where the browser leaves them to the page',
      ],
      ['F6, Alt+↓', 'goes to the numbers of the output, ← → among them, Escape back'],
    ],
  },
  domains: {
    title: 'Virtual machines',
    none: 'No virtual machine is defined.',
    name: 'Name',
    memory: 'Memory',
    cpu: 'Processors',
    states: { running: 'Running', paused: 'Paused', shutoff: 'Shut off', crashed: 'Crashed' },
    of: (now: string, most: string) => `${now} of ${most} MiB`,
    use: (percent: number, count: number) =>
      `${percent} % of ${count === 1 ? '1 processor' : `${count} processors`}`,
    autostart: 'starts with the host',
    transient: 'transient',
  },
  memory: 'Memory of the host, frame by frame',
  meminfo: 'The host says',
  change: 'and since the last line',
  card: {
    title: (field: string, domain: string) => `${field} of ${domain}`,
    sides: { guest: 'Guest', libvirt: 'libvirt', host: 'Host' },
    guests: 'All guests',
    none: 'no such line',
    off: 'not running',
    mib: (mib: string, kib: string) => `${mib} MiB (${kib} KiB)`,
  },
  why: {
    total:
      'The guests together may have been promised more than the host has: a promise takes no frame before it is used.',
    free: 'What is free in a guest is not free on the host: the host keeps a frame behind every page that the guest once wrote, and nobody tells it that the guest has no use for it any more.',
    usable:
      'Each kernel counts what it could free without swapping, from its own memory only; the host cannot see into the guests’ caches.',
    used: 'The host’s figure has the guests in it, each with all pages that it ever wrote; a guest counts only those that it uses now.',
    cache:
      'A page of a guest’s file cache is anonymous memory of a process for the host, which counts only files that it reads itself.',
    anonymous:
      'All of a guest’s memory is anonymous memory of its process on the host, whatever the guest keeps there; so the host’s figure is the larger one.',
    kernel: 'Each kernel has its own; the guests’ lie in memory that the host calls anonymous.',
    tables:
      'Guests’ own page tables lie in their memory. The host’s are those of its processes; KVM’s are counted apart, as SecPageTables.',
    kvmTables:
      'The tables of the second dimension (EPT or NPT) are the host’s alone; guests neither see nor pay for them.',
    swapTotal:
      'The host’s swap and a guest’s are two places, and neither kernel knows the other’s.',
    swapUsed:
      'What the host swapped out of a guest is still memory to that guest; what a guest swapped out lies in a file or disk of its own.',
    hugeUsed: 'The pools of huge pages are the host’s; a guest sees ordinary memory.',
    hugeFree: 'Huge pages of the pool that nobody uses; no other memory can be made of them.',
    hugeReserved: 'Huge pages that are promised to somebody who has not touched them yet.',
    max: 'The definition promises; the guest’s kernel keeps a part of that for itself from the start; the host gives a frame only when a page is touched.',
    actual:
      'libvirt counts what the balloon leaves to the guest. The guest’s MemTotal lacks what its kernel kept at boot, and the host counts the frames that are really there.',
    guestTotal:
      'The guest’s total falls as the balloon grows. The host counts frames: those touched, and what QEMU has for itself.',
    guestFree:
      'libvirt hands on what the guest’s balloon driver last said. The host has no such line: to it, free pages of a guest look like any others.',
    guestUsable:
      'Only the guest’s kernel can tell what it could do without; libvirt repeats it, the host does not know it.',
    guestCache:
      'libvirt repeats what the guest says. For the host these are anonymous pages of QEMU, which it can only swap.',
    rss: 'The host counts frames behind the process of QEMU, with QEMU’s own; pages that the guest wrote once and then freed stay in it, until a balloon takes them.',
    guestSwap:
      'VmSwap is what the host swapped out of QEMU, and the guest cannot see it; the guest’s own swap is another thing, and libvirt tells of neither.',
    swapIn:
      'Both are the guest’s own swapping; what the host swaps of this guest is in no field of libvirt’s.',
    swapOut:
      'Both are the guest’s own swapping; what the host swaps of this guest is in no field of libvirt’s.',
    majorFaults:
      'Faults for which the guest waited for its disk. Faults of the host behind the guest’s back are counted for QEMU’s process.',
    minorFaults:
      'Faults that the guest’s kernel served from memory. Each may hide another one, of the second dimension, that only the host sees.',
  } satisfies Record<QuantityName, string>,
  task: {
    done: 'Done',
    open: 'Not done yet',
    broken: 'This cannot work any more: ',
    hint: 'Hint',
    noHint: 'There is no further hint.',
    hints: 'Hints',
    list: 'Tasks',
    choose: 'Task',
    gone: (domain: string) => `${domain} is not defined any more. Start the host anew.`,
  },
};

export type ConsoleMessages = typeof en;

const zh: ConsoleMessages = {
  title: '控制台',
  figure: '宿主机的控制台与它的内存',
  log: '输入与输出',
  starting: '宿主机正在启动。',
  restoring: (percent) => `正在恢复你做过的操作：${percent} %`,
  noScript: '控制台是浏览器里的一台机器，需要启用脚本。',
  outputOf: (command, time) =>
    time === 1 ? `${command} 的输出` : `${command} 的输出（第 ${time} 次）`,
  greeting: '欢迎信息',
  errorMark: '错误：',
  lines: (count) => `${count} 行`,
  allLines: (count) => `显示全部 ${count} 行`,
  lastLines: (count) => `只显示最后 ${count} 行`,
  earlier: (count) => `显示之前的 ${count} 条命令`,
  noOutput: '已执行，没有输出',
  errors: '错误：',
  over: 'shell 已经结束。重新启动宿主机才能继续。',
  waiting: (count) => `还有 ${count} 行排队等待`,
  input: {
    shell: (prompt) => `命令行，${prompt}`,
    virsh: (prompt) => `virsh 命令行，${prompt}`,
    guest: '发给客户机控制台的一行',
    program: '发给正在读取输入的程序的一行',
    busy: '程序正在运行，Ctrl+C 可以中止',
    leave: 'Tab 用来补全；先按 Esc 再按 Tab 可离开控制台。',
  },
  search: {
    title: '搜索历史',
    label: '以前某一行的一部分',
    hint: '回车把这一行放到提示符后；↑ ↓ 或 Ctrl+R 换一行；Esc 退出。',
    none: '以前没有哪一行含有这些字。',
    empty: '还没有输入过任何命令。',
    matches: '以前的命令，最近的在前',
  },
  completions: (count) => `${count} 种接法`,
  more: (count) => `另有 ${count} 种，请继续输入`,
  bar: {
    title: '按键',
    tab: 'Tab',
    older: '上一条',
    newer: '下一条',
    interrupt: 'Ctrl+C',
    escape: 'Ctrl+]',
    history: '历史',
  },
  edit: {
    title: (path) => `编辑 ${path}`,
    label: '文件内容',
    save: '保存',
    cancel: '取消',
    hint: '按 Esc 不保存，直接关闭。',
  },
  tools: {
    title: '宿主机',
    speed: '时间',
    speedName: (times) => (times === 1 ? '与钟表同速' : `快 ${times} 倍`),
    undo: '撤销上一行',
    reset: '重新启动宿主机',
    resetAsk: '在上面做过的一切都会清掉。',
    resetYes: '重新启动',
    resetNo: '保留',
    tooLong: '这里做过的操作超出了浏览器能保存的量；刷新之后，只剩最前面的 2,000 步。',
  },
  help: {
    title: '按键',
    rows: [
      ['Enter', '执行这一行；Shift+Enter 换行接着写'],
      ['↑ ↓', '上一条、下一条历史'],
      ['Ctrl+R', '搜索历史'],
      ['Tab', '补全；再按一次列出所有可能'],
      ['Esc、Tab', '离开控制台；行是空的时候按 Tab，或任何时候按 Shift+Tab 也行'],
      ['Ctrl+C', '中止正在运行的程序；选中文字时是复制'],
      ['Ctrl+D', '结束输入，或退出 shell'],
      ['Ctrl+L', '清屏'],
      ['Ctrl+]', '离开客户机的控制台'],
      ['Ctrl+A E U K W Y', '像 readline 那样移动、剪切（浏览器肯让给页面的那些）'],
      ['F6、Alt+↓', '走进输出里的数字，← → 在其间移动，Esc 返回'],
    ],
  },
  domains: {
    title: '虚拟机',
    none: '还没有定义虚拟机。',
    name: '名称',
    memory: '内存',
    cpu: '处理器',
    states: { running: '运行中', paused: '已暂停', shutoff: '已关机', crashed: '已崩溃' },
    of: (now, most) => `${now} / ${most} MiB`,
    use: (percent, count) => `${count} 个处理器的 ${percent} %`,
    autostart: '随宿主机启动',
    transient: '临时',
  },
  memory: '宿主机内存，逐个页框',
  meminfo: '宿主机说',
  change: '和执行上一行之后的变化',
  card: {
    title: (field, domain) => `${domain} 的 ${field}`,
    sides: { guest: '客户机', libvirt: 'libvirt', host: '宿主机' },
    guests: '所有客户机',
    none: '没有对应的行',
    off: '没有在运行',
    mib: (mib, kib) => `${mib} MiB（${kib} KiB）`,
  },
  why: {
    total: '许诺给客户机的总量可以超过宿主机实有的：许诺不占页框，用到时才占。',
    free: '客户机里空闲，不等于宿主机上空闲：客户机写过的每一页，宿主机都留着一个页框，没有人告诉它这一页已经没用了。',
    usable: '每个内核只算自己不靠交换就能腾出的内存；客户机的缓存里有什么，宿主机看不见。',
    used: '宿主机的数字里包含各个客户机写过的所有页；客户机只算自己眼下在用的。',
    cache: '客户机的文件缓存，在宿主机眼里是某个进程的匿名内存；宿主机只把自己读的文件算作缓存。',
    anonymous:
      '客户机的全部内存，不管里面放什么，都是宿主机上那个进程的匿名内存，所以宿主机的数字更大。',
    kernel: '每个内核有自己的一份；客户机的那份，落在宿主机称为匿名内存的页里。',
    tables:
      '客户机自己的页表放在它自己的内存里；宿主机数的是它各个进程的页表，KVM 的另算在 SecPageTables。',
    kvmTables: '第二维的页表（EPT 或 NPT）只属于宿主机；客户机看不见，也不用为它付内存。',
    swapTotal: '宿主机的交换空间和客户机的是两处地方，两个内核互不知情。',
    swapUsed:
      '被宿主机换出的页，在客户机看来仍是内存；客户机自己换出的，放在它自己的文件或磁盘里。',
    hugeUsed: '大页池是宿主机的；客户机看到的只是普通内存。',
    hugeFree: '池中没人用的大页；它们不能当别的内存用。',
    hugeReserved: '已经许给某个进程、但还没有被碰过的大页。',
    max: '定义里的数是许诺；客户机内核一开始就给自己留下一部分；宿主机则要等某一页被碰到，才给一个页框。',
    actual:
      'libvirt 数的是气球给客户机留下的；客户机的 MemTotal 少了内核启动时留下的那部分；宿主机数的是真正在那里的页框。',
    guestTotal: '气球变大，客户机的总量就变小。宿主机数的是页框：被碰过的，再加上 QEMU 自己用的。',
    guestFree:
      'libvirt 转述的是气球驱动上一次报告的数。宿主机没有这一行：客户机的空闲页，在它看来与别的页没有两样。',
    guestUsable: '哪些内存可以不要，只有客户机的内核知道；libvirt 转述，宿主机无从得知。',
    guestCache: 'libvirt 转述客户机的说法；对宿主机来说，这些是 QEMU 的匿名页，它能做的只有换出。',
    rss: '宿主机数的是 QEMU 进程背后的页框，连 QEMU 自己的也在内；客户机写过又释放的页仍算在里面，直到气球把它们收走。',
    guestSwap:
      'VmSwap 是宿主机从 QEMU 换出的，客户机看不见；客户机自己的交换是另一回事，这两样 libvirt 都不报。',
    swapIn: '两处说的都是客户机自己的换入；宿主机从它换出了多少，libvirt 没有哪个字段会说。',
    swapOut: '两处说的都是客户机自己的换出；宿主机从它换出了多少，libvirt 没有哪个字段会说。',
    majorFaults: '客户机为此等过自己磁盘的缺页。宿主机在背后处理的缺页，记在 QEMU 进程名下。',
    minorFaults:
      '客户机内核用内存就能解决的缺页。每一次背后都可能另有一次第二维的缺页，只有宿主机看得见。',
  },
  task: {
    done: '完成',
    open: '还没完成',
    broken: '这样已经做不成了：',
    hint: '提示',
    noHint: '没有更多提示了。',
    hints: '提示',
    list: '任务',
    choose: '任务',
    gone: (domain: string) => `${domain} 的定义已经没有了。请重新启动宿主机。`,
  },
};

export const consoleMessages = (locale: Locale): ConsoleMessages => (locale === 'zh' ? zh : en);
