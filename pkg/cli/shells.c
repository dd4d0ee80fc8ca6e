/* The scripts that shells source. They know nothing of the commands: for each word they ask the
 * hidden verb `complete`, so a new verb completes without sourcing them again. "@" stands for the
 * program's name. */
#include "cli/cli.h"

static const char BASH[] = "# bash completion for @: eval \"$(@ completion bash)\"\n"
                           "_@() {\n"
                           "    local word=\"${COMP_WORDS[COMP_CWORD]}\" line candidate\n"
                           "    local -a words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
                           "    if [[ \"$COMP_WORDBREAKS\" == *=* ]]; then\n"
                           "        # bash splits at '=': --opt = val becomes one word again\n"
                           "        local i joined=()\n"
                           "        for ((i = 0; i < ${#words[@]}; i++)); do\n"
                           "            if [[ ${words[i]} == = && ${#joined[@]} -gt 0 ]]; then\n"
                           "                joined[-1]+=\"=${words[i + 1]:-}\"\n"
                           "                i=$((i + 1))\n"
                           "            else\n"
                           "                joined+=(\"${words[i]}\")\n"
                           "            fi\n"
                           "        done\n"
                           "        words=(\"${joined[@]}\")\n"
                           "    fi\n"
                           "    local attached=\"\"\n"
                           "    [[ ${words[-1]:-} == --*=* ]] && attached=\"${words[-1]%%=*}=\"\n"
                           "    [[ $word == = ]] && word=\"\"\n"
                           "    COMPREPLY=()\n"
                           "    while IFS=$'\\t' read -r candidate line; do\n"
                           "        case $candidate in\n"
                           "        :file) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
                           "        :dir) COMPREPLY+=($(compgen -d -- \"$word\")) ;;\n"
                           "        *) COMPREPLY+=(\"${candidate#\"$attached\"}\") ;;\n"
                           "        esac\n"
                           "    done < <(@ complete \"${words[@]}\" 2>/dev/null)\n"
                           "}\n"
                           "complete -F _@ @\n";

static const char ZSH[] = "#compdef @\n"
                          "# zsh completion for @: eval \"$(@ completion zsh)\"\n"
                          "_@() {\n"
                          "    local candidate what\n"
                          "    local -a found=()\n"
                          "    while IFS=$'\\t' read -r candidate what; do\n"
                          "        case $candidate in\n"
                          "        :file) _files ;;\n"
                          "        :dir) _files -/ ;;\n"
                          "        *) found+=(\"${candidate//:/\\\\:}:$what\") ;;\n"
                          "        esac\n"
                          "    done < <(@ complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
                          "    (( ${#found} )) && _describe '@' found\n"
                          "}\n"
                          "compdef _@ @\n";

static const char FISH[] = "# fish completion for @: @ completion fish | source\n"
                           "function __@_complete\n"
                           "    set -l words (commandline -opc)[2..-1] (commandline -ct)\n"
                           "    for line in (@ complete $words 2>/dev/null)\n"
                           "        switch $line\n"
                           "            case ':file*'\n"
                           "                __fish_complete_path (commandline -ct)\n"
                           "            case ':dir*'\n"
                           "                __fish_complete_directories (commandline -ct)\n"
                           "            case '*'\n"
                           "                echo $line\n"
                           "        end\n"
                           "    end\n"
                           "end\n"
                           "complete -c @ -f -a '(__@_complete)'\n";

const char *const cli_shells[] = {"bash", "zsh", "fish", NULL};
static const char *const SCRIPTS[] = {BASH, ZSH, FISH};
_Static_assert(ARRAY_LEN(cli_shells) == ARRAY_LEN(SCRIPTS) + 1, "one script per shell");

void cli_completion_script(const struct cli_program *program, enum cli_shell shell, struct buf *out)
{
    for (const char *at = SCRIPTS[shell]; *at != '\0'; at++) {
        /* "[@]" and "(@)" are the shells' own. */
        bool own = at > SCRIPTS[shell] && strchr("[(", at[-1]) != NULL && strchr("])", at[1]);
        if (*at == '@' && !own)
            buf_adds(out, program->name);
        else
            buf_addc(out, *at);
    }
}
