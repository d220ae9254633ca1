#include <string.h>

#include "coffer/cli_help.h"
#include "coffer/commands.h"
#include "coffer/script.h"

enum { SCRIPT_MAX = 256 * 1024 };

/* --- what the three have in common ---------------------------------------------------------- */

/* True for the first command of each first word. */
static bool is_first_of_word(const struct cli_table *table, size_t index)
{
    struct bytes word = script_word(table->commands[index]->name, 0);
    for (size_t i = 0; i < index; i++) {
        if (bytes_equal(script_word(table->commands[i]->name, 0), word)) {
            return false;
        }
    }
    return true;
}

static bool is_in_group(const struct cli_command *command)
{
    return script_word(command->name, 1).len != 0;
}

static bool is_same_group(const struct cli_command *a, const struct cli_command *b)
{
    return bytes_equal(script_word(a->name, 0), script_word(b->name, 0));
}

/* Option i of a command, those that every command has after its own; NULL at the end. */
static const struct cli_option *option_at(const struct cli_command *command, size_t i)
{
    if (i < command->options_count) {
        return &command->options[i];
    }
    i -= command->options_count;
    return i < cli_help_common_count ? &cli_help_common[i] : NULL;
}

static bool has_choices(const char *takes)
{
    return strchr(takes, '|') != NULL;
}

/* Choices with spaces between them; marks in marked get a backslash. */
static void put_words(struct buf *buf, const char *text, const char *marked)
{
    for (; *text != '\0'; text++) {
        if (strchr(marked, *text) != NULL) {
            buf_put_u8(buf, '\\');
        }
        buf_put_u8(buf, *text == '|' ? ' ' : (uint8_t)*text);
    }
}

static void put_word(struct buf *buf, const char *name, size_t index)
{
    buf_put(buf, script_word(name, index));
}

/* What a shell has for a group: its name, then before, each of its commands, and after. */
struct group_form {
    const char *before;
    void (*put_command)(struct buf *buf, const struct cli_command *command);
    const char *after;
};

static void put_groups(struct buf *buf, const struct cli_table *table,
                       const struct group_form *form)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct cli_command *command = table->commands[i];
        if (!is_in_group(command) || !is_first_of_word(table, i)) {
            continue;
        }
        buf_put_text(buf, "    ");
        put_word(buf, command->name, 0);
        buf_put_text(buf, form->before);
        for (size_t j = i; j < table->count; j++) {
            if (is_same_group(table->commands[j], command)) {
                form->put_command(buf, table->commands[j]);
            }
        }
        buf_put_text(buf, form->after);
    }
}

/* --- bash ----------------------------------------------------------------------------------- */

static void bash_command_of_group(struct buf *buf, const struct cli_command *command)
{
    put_word(buf, command->name, 1);
    buf_put_u8(buf, ' ');
}

static void bash_commands(struct buf *buf, const struct cli_table *table)
{
    static const struct group_form groups = {
        ")\n        ((COMP_CWORD == 2)) && { _coffer_words '", bash_command_of_group,
        "'; return; }\n        name=\"$name ${COMP_WORDS[2]}\"\n        ;;\n"};
    buf_put_text(buf, "    if ((COMP_CWORD == 1)); then\n        _coffer_words '");
    for (size_t i = 0; i < table->count; i++) {
        if (is_first_of_word(table, i)) {
            put_word(buf, table->commands[i]->name, 0);
            buf_put_u8(buf, ' ');
        }
    }
    buf_put_text(buf, "help'\n        return\n    fi\n    case $name in\n");
    put_groups(buf, table, &groups);
    buf_put_text(buf, "    esac\n");
}

static void bash_values(struct buf *buf, const struct cli_table *table)
{
    buf_put_text(buf, "    case \"$name $before\" in\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct cli_command *command = table->commands[i];
        for (size_t j = 0; j < command->options_count; j++) {
            const struct cli_option *option = &command->options[j];
            if (option->value == NULL) {
                continue;
            }
            script_put(buf, "    '%s %s') ", command->name, option->name);
            if (has_choices(option->value)) {
                buf_put_text(buf, "_coffer_words '");
                put_words(buf, option->value, "");
                buf_put_text(buf, "'; ");
            } else if (script_is_path(option->value)) {
                buf_put_text(buf, "_coffer_files; ");
            }
            buf_put_text(buf, "return ;;\n");
        }
    }
    buf_put_text(buf, "    esac\n");
}

static void bash_options(struct buf *buf, const struct cli_table *table)
{
    const struct cli_option *option;
    buf_put_text(buf, "    case $name in\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct cli_command *command = table->commands[i];
        script_put(buf, "    '%s')\n        [[ $word == -* ]] && _coffer_words '", command->name);
        for (size_t j = 0; (option = option_at(command, j)) != NULL; j++) {
            script_put(buf, "%s%s", j == 0 ? "" : " ", option->name);
        }
        buf_put_text(buf, "'\n");
        if (has_choices(command->arguments)) {
            buf_put_text(buf, "        [[ $word == -* ]] || _coffer_words '");
            put_words(buf, command->arguments, "");
            buf_put_text(buf, "'\n");
        } else if (script_is_path(command->arguments)) {
            buf_put_text(buf, "        [[ $word == -* ]] || _coffer_files\n");
        }
        buf_put_text(buf, "        ;;\n");
    }
    buf_put_text(buf, "    esac\n");
}

static void put_bash(struct buf *buf, const struct cli_table *table)
{
    buf_put_text(buf,
                 "# bash completion of coffer; made by: coffer completion bash\n"
                 "_coffer_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\"); }\n"
                 "_coffer_files() {\n"
                 "    compopt -o filenames 2>/dev/null\n"
                 "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "}\n"
                 "_coffer() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local name=${COMP_WORDS[1]}\n"
                 "    COMPREPLY=()\n");
    bash_commands(buf, table);
    bash_values(buf, table);
    bash_options(buf, table);
    buf_put_text(buf, "}\ncomplete -F _coffer coffer\n");
}

/* --- zsh ------------------------------------------------------------------------------------ */

/* 'name:summary' for _describe. */
static void zsh_described(struct buf *buf, struct bytes word, const char *summary)
{
    buf_put_text(buf, "'");
    buf_put(buf, word);
    buf_put_text(buf, ":");
    for (; *summary != '\0'; summary++) {
        if (*summary == '\'') {
            buf_put_text(buf, "'\\''");
        } else {
            if (*summary == ':') {
                buf_put_u8(buf, '\\');
            }
            buf_put_u8(buf, (uint8_t)*summary);
        }
    }
    buf_put_text(buf, "' ");
}

/* '--name=[help]:VALUE:action' for _arguments. */
static void zsh_option(struct buf *buf, const struct cli_option *option)
{
    script_put(buf, " '%s%s[", option->name, option->value == NULL ? "" : "=");
    for (const char *at = option->help; *at != '\0'; at++) {
        if (*at == '\'') {
            buf_put_text(buf, "'\\''");
            continue;
        }
        if (strchr("[]:\\", *at) != NULL) {
            buf_put_u8(buf, '\\');
        }
        buf_put_u8(buf, (uint8_t)*at);
    }
    buf_put_text(buf, "]");
    if (option->value != NULL) {
        script_put(buf, ":%s:", has_choices(option->value) ? "choice" : option->value);
        if (has_choices(option->value)) {
            buf_put_u8(buf, '(');
            put_words(buf, option->value, "");
            buf_put_u8(buf, ')');
        } else if (script_is_path(option->value)) {
            buf_put_text(buf, "_files");
        }
    }
    buf_put_text(buf, "'");
}

static void zsh_command(struct buf *buf, const struct cli_command *command)
{
    const struct cli_option *option;
    script_put(buf, "    '%s') _arguments -S", command->name);
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        zsh_option(buf, option);
    }
    if (has_choices(command->arguments)) {
        buf_put_text(buf, " '1:choice:(");
        put_words(buf, command->arguments, "");
        buf_put_text(buf, ")'");
    } else if (command->arguments_max != 0) {
        script_put(buf, " '1:argument:%s'", script_is_path(command->arguments) ? "_files" : "");
    }
    buf_put_text(buf, " ;;\n");
}

static void zsh_command_of_group(struct buf *buf, const struct cli_command *command)
{
    zsh_described(buf, script_word(command->name, 1), command->summary);
}

static void put_zsh(struct buf *buf, const struct cli_table *table)
{
    static const struct group_form groups = {
        ")\n        if ((CURRENT == 3)); then\n            found=(", zsh_command_of_group,
        ")\n            _describe command found\n            return\n        fi\n"
        "        name=\"$name $words[3]\"\n        skip=2\n        ;;\n"};
    buf_put_text(buf,
                 "#compdef coffer\n# zsh completion of coffer; made by: coffer completion zsh\n"
                 "_coffer() {\n    local name=$words[2] skip=1\n    local -a found\n"
                 "    if ((CURRENT == 2)); then\n        found=(");
    for (size_t i = 0; i < table->count; i++) {
        if (is_first_of_word(table, i)) {
            const struct cli_command *command = table->commands[i];
            zsh_described(buf, script_word(command->name, 0),
                          is_in_group(command) ? "more commands" : command->summary);
        }
    }
    buf_put_text(buf, ")\n        _describe command found\n        return\n    fi\n"
                      "    case $name in\n");
    put_groups(buf, table, &groups);
    buf_put_text(buf, "    esac\n    shift $skip words\n    ((CURRENT -= skip))\n"
                      "    case $name in\n");
    for (size_t i = 0; i < table->count; i++) {
        zsh_command(buf, table->commands[i]);
    }
    buf_put_text(buf, "    esac\n}\n"
                      "if [[ $funcstack[1] == _coffer ]]; then _coffer \"$@\"; "
                      "else compdef _coffer coffer; fi\n");
}

/* --- fish ----------------------------------------------------------------------------------- */

static void fish_quoted(struct buf *buf, const char *text)
{
    buf_put_u8(buf, '\'');
    put_words(buf, text, "'\\");
    buf_put_u8(buf, '\'');
}

static void fish_option(struct buf *buf, const char *command, const struct cli_option *option)
{
    script_put(buf, "complete -c coffer -n '__coffer_in %s' -l %s", command, option->name + 2);
    if (option->value != NULL) {
        buf_put_text(buf, script_is_path(option->value) ? " -r -F" : " -x");
        if (has_choices(option->value)) {
            buf_put_text(buf, " -a ");
            fish_quoted(buf, option->value);
        }
    }
    buf_put_text(buf, " -d ");
    fish_quoted(buf, option->help);
    buf_put_u8(buf, '\n');
}

static void fish_command(struct buf *buf, const struct cli_command *command)
{
    const struct cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        fish_option(buf, command->name, option);
    }
    if (has_choices(command->arguments)) {
        script_put(buf, "complete -c coffer -n '__coffer_in %s' -a ", command->name);
        fish_quoted(buf, command->arguments);
        buf_put_u8(buf, '\n');
    } else if (script_is_path(command->arguments)) {
        script_put(buf, "complete -c coffer -n '__coffer_in %s' -F\n", command->name);
    }
}

static void fish_name(struct buf *buf, const struct cli_table *table, size_t index)
{
    const struct cli_command *command = table->commands[index];
    if (is_first_of_word(table, index)) {
        buf_put_text(buf, "complete -c coffer -n '__coffer_at' -a ");
        put_word(buf, command->name, 0);
        buf_put_text(buf, " -d ");
        fish_quoted(buf, is_in_group(command) ? "more commands" : command->summary);
        buf_put_u8(buf, '\n');
    }
    if (is_in_group(command)) {
        buf_put_text(buf, "complete -c coffer -n '__coffer_at ");
        put_word(buf, command->name, 0);
        buf_put_text(buf, "' -a ");
        put_word(buf, command->name, 1);
        buf_put_text(buf, " -d ");
        fish_quoted(buf, command->summary);
        buf_put_u8(buf, '\n');
    }
}

static void put_fish(struct buf *buf, const struct cli_table *table)
{
    buf_put_text(buf,
                 "# fish completion of coffer; made by: coffer completion fish\n"
                 "# At: exactly these words stand before. In: these words come first.\n"
                 "function __coffer_at\n"
                 "    set -l words (commandline -opc)\n"
                 "    test \"$words[2..-1]\" = \"$argv\"\n"
                 "end\n"
                 "function __coffer_in\n"
                 "    set -l words (commandline -opc)\n"
                 "    set -l last (math (count $argv) + 1)\n"
                 "    test (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
                 "end\n"
                 "complete -c coffer -f\n");
    for (size_t i = 0; i < table->count; i++) {
        fish_name(buf, table, i);
    }
    for (size_t i = 0; i < table->count; i++) {
        fish_command(buf, table->commands[i]);
    }
}

/* --- the command ---------------------------------------------------------------------------- */

static enum cli_exit run_completion(struct cli *cli)
{
    struct buf buf = script_begin(cli, SCRIPT_MAX);
    const char *shell = cli->arguments[0];
    if (strcmp(shell, "bash") == 0) {
        put_bash(&buf, cli->table);
    } else if (strcmp(shell, "zsh") == 0) {
        put_zsh(&buf, cli->table);
    } else {
        put_fish(&buf, cli->table);
    }
    return script_end(cli, "script", &buf);
}

const struct cli_command cmd_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "Write the completion of this program for a shell",
    .help = "Commands, options, choices and files are completed. To have it in every shell of\n"
            "bash, zsh or fish, write it where that shell looks: a file coffer in\n"
            "~/.local/share/bash-completion/completions, _coffer in a folder of $fpath, or\n"
            "coffer.fish in ~/.config/fish/completions. make install does so for all users.\n\n"
            "Examples:\n"
            "  coffer completion bash\n"
            "  coffer completion zsh\n"
            "  coffer completion fish\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_completion,
};
