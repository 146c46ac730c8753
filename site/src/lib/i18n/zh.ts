import type { Outcome } from '@pagewalk/engine';
import type { Messages, OutcomePart } from './en.ts';

/** 课程之外的页面文字，简体中文。术语以课程大纲的词汇表为准。 */

function outcome(o: Outcome): OutcomePart[] {
  switch (o.result) {
    case 'ok':
      return o.gpa === null
        ? ['物理地址 ', { hex: o.hpa, space: 'hpa' }]
        : ['宿主机物理地址 ', { hex: o.hpa, space: 'hpa' }];
    case 'page-fault':
      return ['缺页异常(#PF)，错误码 ', { hex: o.errorCode }];
    case 'general-protection':
      return ['一般保护异常(#GP)，错误码 0'];
    case 'ept-violation':
      return ['EPT 违例，退出限定 ', { hex: o.qualification }];
    case 'ept-misconfiguration':
      return ['EPT 配置错误，客户机物理地址 ', { hex: o.gpa, space: 'gpa' }];
    case 'nested-page-fault':
      return ['嵌套缺页(#NPF)，EXITINFO1 为 ', { hex: o.errorCode }];
    case 'gpa-too-wide':
      return ['客户机物理地址超出四级嵌套页表的宽度：', { hex: o.gpa, space: 'gpa' }];
  }
}

export const zh = {
  site: {
    name: 'Pagewalk',
    tagline: '亲手运行一台机器，弄懂 KVM 的内存虚拟化',
    skip: '跳到正文',
    navigation: '站点',
    lessons: '课程',
    playground: '实验场',
    self: '简体中文',
    darkTheme: '深色主题',
    notFound: '这里没有页面',
    notFoundHint: '地址可能输错了。',
    goHome: '回到首页',
    licence: '代码采用 MIT 许可证，课程采用 CC BY 4.0，字体采用 SIL OFL 1.1。',
    facts:
      '机器的行为依据 Intel SDM 第 3 卷、AMD APM 第 2 卷和 Linux 的 KVM；每课都列出自己的出处。',
  },
  home: {
    headline: (reads: number): string => `一个客户机地址，${reads} 次访存，每一次都看得见。`,
    description:
      '在浏览器里运行一台机器，逐次读取地走完一次二维页表遍历。KVM 内存虚拟化课程，中英双语。',
    figureLabel: '正在运行的二维页表遍历',
    lessonsTitle: '课程',
    readingTime: (minutes: number): string => `${minutes} 分钟`,
    forWhom: '写给谁',
    students: '学生',
    studentsText: '先预测机器会怎么做，再让机器来裁定。页面上的每个数字，都由眼前这台机器算出。',
    instructors: '教师',
    instructorsText:
      '图的每个状态都是一个链接。习题由种子生成：要多少变式有多少，每道都附完整解答。',
    learners: '自学者',
    learnersText: '不用注册，不用安装，不上传任何东西。一课就是一小段时间。',
  },
  contents: {
    title: '课程',
    description:
      '按顺序，每课一次就能读完。每一课请你先预测，让你动手弄坏，最后是做不完的练习。你做过什么只保存在这个浏览器里。',
    progress: '进度',
    asks: (predictions, tasks, exercise) =>
      [
        `${predictions} 次预测`,
        ...(tasks > 0 ? [`${tasks} 个控制台任务`] : []),
        ...(exercise ? ['练习'] : []),
      ].join('，'),
    begun: (answered, predictions, done, tasks) =>
      [
        `预测了 ${predictions} 题中的 ${answered} 题`,
        ...(tasks > 0 ? [`完成 ${tasks} 个控制台任务中的 ${done} 个`] : []),
      ].join('，'),
    whole: (right, predictions) => `全部完成，${predictions} 题预测中 ${right} 题正确`,
  },
  picture: {
    save: '保存这张图',
    as: (kind, theme) => `${kind}，${theme}`,
    themes: { light: '浅色', dark: '深色' },
    failed: (why) => `图没有做成：${why}。`,
  },
  task: {
    title: '在控制台上',
    open: '打开控制台',
    hint: '提示',
    hints: '提示',
    done: '完成：宿主机已是所要的状态。',
    notYet: '还没有完成。',
    first: '先完成本课的另一个任务。',
    broken: (why) => `已经无法完成：${why}`,
  },
  lesson: {
    number: (n: number): string => `第 ${n} 课`,
    figure: '机器',
    showInFigure: '在图中显示',
    inFigure: '图中就是这一步',
    inText: (title: string): string => `正文里讲这一步：${title}`,
    engineLoading: '机器正在加载。',
  },
  predict: {
    title: '先预测',
    waiting: '机器停在这里，等你的答案。',
    numberLabel: '你的答案(整数)',
    commit: '就答这个',
    missingNumber: '请填一个整数，例如 12。',
    missingChoice: '请选择一个答案。',
    right: '答对了。',
    rightValue: (expected: string): string => `答对了：机器给出的是 ${expected}。`,
    wrong: '机器不是这样做的。',
    wrongValue: (given: string, expected: string): string =>
      `你的答案是 ${given}，机器给出的是 ${expected}。`,
    yours: '你的答案',
    machines: '机器的做法',
    watch: '看机器怎么做',
    forget: '清除我的预测答案',
    reveal: '机器是怎么做的',
  },
  exercise: {
    variant: (n: number): string => `变式 ${n}`,
    seed: '题组编号',
    seedHint: '编号相同，题目处处相同。',
    badSeed: '题组编号是 0 到 4294967295 之间的整数。',
    answer: '你的答案',
    check: '检查',
    right: '答对了。',
    wrong: '还不对。再试一次，或者看解答。',
    solution: '显示完整解答',
    hide: '收起解答',
    next: '下一题',
    previous: '上一题',
    open: '在图中打开',
    noScript: '习题由机器生成，需要启用脚本。',
    failed: '这道题没能生成。',
  },
  misconception: { title: '常有人说' },
  breakIt: { title: '把它弄坏' },
  values: {
    outcome,
    refs: '一次完整的遍历，逐条数出来的。',
    ended: '引擎运行这次遍历的结果。',
    counted: '引擎运行这台机器时的计数。',
    entry: '遍历读到这个表项时它的值。',
    show: '在图中显示',
    notRead: '未读取',
  },
  glossary: { title: '术语' },
} satisfies Messages;
