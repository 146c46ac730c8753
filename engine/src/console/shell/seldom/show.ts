import type { AndOr, Command, List, Pipeline, Word } from '../ast.ts';
import type { Shell } from '../shell.ts';

/** Functions as `type` and `declare -f` print them (bash's print_cmd.c). */

const pad = (depth: number): string => '    '.repeat(depth);

function wordText(word: Word): string {
  return word
    .map((part) => {
      if (part.kind === 'text') return part.quoted ? `'${part.text}'` : part.text;
      return part.kind === 'parameter' ? `$${part.parameter.name}` : '';
    })
    .join('');
}

function commandText(command: Command, depth: number): string {
  const block = (list: List): string => `${lines(list, depth + 1, true)}\n${pad(depth)}`;
  const condition = (list: List): string => list.map((item) => itemText(item, depth)).join('; ');
  switch (command.kind) {
    case 'simple':
      return command.text;
    case 'brace':
      return `{ \n${lines(command.body, depth + 1, false)}\n${pad(depth)}}`;
    case 'subshell':
      return `( ${condition(command.body)} )`;
    case 'if': {
      const clauses = command.clauses.map(
        (clause, index) =>
          `${index === 0 ? 'if' : 'elif'} ${condition(clause.condition)}; then\n${block(clause.body)}`,
      );
      const otherwise = command.otherwise === null ? '' : `else\n${block(command.otherwise)}`;
      return `${clauses.join('')}${otherwise}fi`;
    }
    case 'while':
      return `${command.until ? 'until' : 'while'} ${condition(command.condition)}; do\n${block(command.body)}done`;
    case 'for': {
      const words = command.words === null ? '"$@"' : command.words.map(wordText).join(' ');
      return `for ${command.name} in ${words};\n${pad(depth)}do\n${block(command.body)}done`;
    }
    case 'for-arithmetic':
      return `for ((${command.parts.map(wordText).join('; ')}))\n${pad(depth)}do\n${block(command.body)}done`;
    case 'case': {
      const arms = command.arms.map(
        ({ patterns, body, end }) =>
          `${pad(depth + 1)}${patterns.map(wordText).join(' | ')})\n${lines(body, depth + 2, false)}\n${pad(depth + 1)}${end}\n`,
      );
      return `case ${wordText(command.word)} in \n${arms.join('')}${pad(depth)}esac`;
    }
    case 'function':
      return `function ${command.name} () \n${pad(depth)}${commandText(command.body, depth)}`;
    case 'arithmetic':
      return `((${command.text.map((part) => wordText([part])).join('')}))`;
    case 'condition':
      return command.text;
  }
}

const pipelineText = ({ commands, negated }: Pipeline, depth: number): string =>
  `${negated ? '! ' : ''}${commands.map((one) => commandText(one, depth)).join(' | ')}`;

const itemText = ({ first, rest, background }: AndOr, depth: number): string =>
  [
    pipelineText(first, depth),
    ...rest.map(({ operator, pipeline }) => `${operator} ${pipelineText(pipeline, depth)}`),
  ].join(' ') + (background ? ' &' : '');

function lines(list: List, depth: number, ended: boolean): string {
  return list
    .map((item, index) => {
      const end = !item.background && (ended || index < list.length - 1) ? ';' : '';
      return `${pad(depth)}${itemText(item, depth)}${end}`;
    })
    .join('\n');
}

/** A function's name and body; empty where there is none of this name. */
export function functionText(shell: Shell, name: string): string {
  const body = shell.functions.get(name);
  if (body === undefined) return '';
  const text = body.kind === 'brace' ? commandText(body, 0) : `{ \n    ${commandText(body, 1)}\n}`;
  return `${name} () \n${text}\n`;
}
