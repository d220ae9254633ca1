# The part of tools/check-style that reads C line by line. Run by it, over all sources at once.
#
# Comments, strings and character constants are blanked first. What is left is cut at braces and
# semicolons; "head" is the text since the last cut outside of all braces, so a head that ends in a
# parameter list is a function's.

function bad(text) { print FILENAME ":" FNR ": " text; failed = 1 }

# Blanks comments and literals of a line; a comment may go on over lines.
function code_of(line,   out, at) {
    out = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (at == 0) return out
            line = substr(line, at + 2)
            in_comment = 0
        }
        if (!match(line, /["']|\/\*|\/\//)) return out line
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART)
        if (line ~ /^\/\*/) { in_comment = 1; line = substr(line, 3) }
        else if (line ~ /^\/\//) { bad("use /* */ comments"); return out }
        else if (match(line, /^"([^"\\]|\\.)*"/)) { out = out "\"\""; line = substr(line, RLENGTH + 1) }
        else if (match(line, /^'([^'\\]|\\.)*'/)) { out = out "0"; line = substr(line, RLENGTH + 1) }
        else { out = out substr(line, 1, 1); line = substr(line, 2) }
    }
    return out
}

# How many parameters the function of this head takes, or -1 when the head is none: every group of
# brackets is folded, innermost first, into @N@ with N its members.
function parameters(text,   inner, count) {
    if (text ~ /=|^[ ]*typedef|_Static_assert/) return -1
    gsub(/__attribute__ */, "", text)
    while (match(text, /\([^()]*\)/)) {
        inner = substr(text, RSTART + 1, RLENGTH - 2)
        count = inner ~ /^[ ]*(void)?[ ]*$/ ? 0 : gsub(/,/, ",", inner) + 1
        text = substr(text, 1, RSTART - 1) "@" count "@" substr(text, RSTART + RLENGTH)
    }
    if (!match(text, /[a-zA-Z_0-9]+ *@[0-9]+@/)) return -1
    text = substr(text, RSTART, RLENGTH - 1)
    sub(/.*@/, "", text)
    return text + 0
}

# Variables of a file or function that can change, without the house's exceptions.
function state(text) {
    if (!ours || text !~ /^[ ]*(static|_Thread_local|__thread) / || text ~ /(^|[ ])const /) return
    if (parameters(text) >= 0) return
    if (states[FILENAME]++ >= allowed_state[FILENAME])
        bad("state that can change outside of any object; see state_allowed in tools/check-style")
}

function macro(text,   body) {
    if (text ~ /^#[ ]*if 0/) bad("code that is switched off; delete it")
    if (!ours || text !~ /^#[ ]*define[ ]/) return
    body = text
    sub(/^#[ ]*define[ ]+/, "", body)
    if (body ~ /^[A-Za-z_0-9]*[a-z][A-Za-z_0-9]*\(/) bad("a macro with parameters in small letters; write a function")
    if (body ~ /(^|[^a-z_0-9])(return|goto)([^a-z_0-9]|$)/ && FILENAME !~ /base\/status\.h$/)
        bad("a macro that hides a return; only TRY does")
    if (body ~ /;.*[^ \\]/ && body !~ /do \{/) bad("a macro of several statements; write a function")
}

function finish(   n) {
    n = parameters(head)
    if (ours && n > 5 && shapes_in[FILENAME]++ >= allowed_shape[FILENAME])
        bad("a function of " n " parameters; 5 at most")
    return n
}

BEGIN {
    n = split(allowed, rows, " ")
    for (i = 1; i <= n; i++) { split(rows[i], row, ":"); allowed_state[row[1]] = row[2] }
    n = split(shapes, rows, " ")
    for (i = 1; i <= n; i++) { split(rows[i], row, ":"); allowed_shape[row[1]] = row[2] }
}

FNR == 1 {
    in_comment = 0; depth = 0; head = ""; start = 0; define = ""
    ours = FILENAME ~ /^(src|programs)\//
    header = FILENAME ~ /\.h$/
}

FILENAME ~ /^src\/operations\// && /work->worker|->worker->/ { bad("an operation reaches what its permit gives it, not the worker") }
length($0) > 100 && FILENAME !~ /_table\.h$/ { bad("line of " length($0) " columns; 100 at most") }
/[ \t\r]$/ { bad("trailing white space") }
/\t/ { bad("a tab; indent with four spaces") }
/(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/ { bad("do it or file it; no notes in the code") }

{ line = code_of($0) }

# Preprocessor lines stay out of the brace count.
line ~ /^[ ]*#/ || define != "" {
    define = define line
    if (line ~ /\\$/) { sub(/\\$/, " ", define); next }
    macro(define)
    define = ""
    next
}

line ~ /(^|[^a-z_0-9>.])(strcpy|strcat|strncpy|strncat|stpcpy|sprintf|vsprintf|strtok|strtok_r|gets|atoi|atol|atoll|atof|strtol|strtoul|strtoll|strtoull|sscanf|scanf|fscanf|alloca|rand|random|srand|rand_r|time|gmtime|localtime|ctime|asctime|system|popen|signal|setjmp|longjmp|assert|mktemp|tmpnam|bzero|bcopy|bcmp|memccpy)\(/ {
    if (ours) bad("banned function")
}
line ~ /(^|[^a-z_0-9.>])(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf)\(/ {
    if (ours && FILENAME !~ /^src\/base\/mem\.c$/) bad("use base/mem.h or an arena")
}
line ~ /(^|[^a-z_0-9])(abort|exit|_exit|quick_exit)\(/ {
    if (FILENAME ~ /^src\// && FILENAME !~ /base\/invariant\.c$/) bad("use INVARIANT, or return a status")
}
line ~ /(^|[^a-z_0-9])goto / { if (FILENAME !~ /^src\/crypto\//) bad("goto outside crypto") }
line ~ /(^|[^a-z_0-9])(getenv|secure_getenv)\(/ { if (FILENAME ~ /^src\//) bad("the environment is read by programs only") }
line ~ /(^|[^a-z_0-9])register / { bad("register does nothing") }
!header && line ~ /^extern / { if (ours) bad("declare it in a header") }
header && line ~ /^static / && line !~ /^static (inline|const) / { if (ours) bad("a header defines static inline functions only") }

{
    rest = line
    while (match(rest, /[{};]/)) {
        token = substr(rest, RSTART, 1)
        before = substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + 1)
        if (depth == 0) head = head " " before
        if (token == "{") {
            if (depth == 0) {
                if (finish() >= 0) start = FNR
                else state(head)
            } else if (before ~ /^[ ]*static /) state(before)
            depth++
        } else if (token == "}") {
            depth--
            if (depth == 0) {
                if (start && FNR - start - 1 > 70) bad("a function of " FNR - start - 1 " lines; 70 at most")
                start = 0
                head = ""
            }
        } else if (depth == 0) {
            if (finish() < 0) state(head)
            head = ""
        } else if (before ~ /^[ ]*static /) state(before)
    }
    if (depth == 0) head = head " " rest
}

END { exit failed }
