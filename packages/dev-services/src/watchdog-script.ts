/**
 * Ends what its parent started once the parent is gone, however it went: the parent holds the other end of stdin, and the kernel
 * closes that even after SIGKILL. A shell, not Node, since it waits next to every run and should cost next to nothing; a string,
 * not a file, so that it is there wherever this module is built to.
 *
 * Arguments: the Node program and the script that removes containers. On stdin `guard SIGNAL:PID…` and `containers ID…` replace
 * the whole list, `dir PATH` adds a folder to delete.
 */
export const watchdogScript = `
trap '' INT TERM HUP QUIT
guarded='' containers='' dirs=''
while IFS= read -r line; do
  case $line in
    guard*) guarded=\${line#guard} ;;
    containers*) containers=\${line#containers} ;;
    dir\\ *) dirs="$dirs\${line#dir }
" ;;
  esac
done

for entry in $guarded; do
  kill -s "\${entry%%:*}" "\${entry#*:}" 2>/dev/null
  # A paused process sees its signal only once it goes on.
  kill -s CONT "\${entry#*:}" 2>/dev/null
done
tries=50
while :; do
  alive=''
  for entry in $guarded; do
    kill -0 "\${entry#*:}" 2>/dev/null && alive="$alive \${entry#*:}"
  done
  if [ -z "$alive" ] || [ "$tries" -eq 0 ]; then break; fi
  tries=$((tries - 1))
  sleep 0.1
done
for pid in $alive; do
  kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null
done
printf '%s' "$dirs" | while IFS= read -r dir; do
  # What a test started besides may be writing there still, and is on its way out.
  for pause in 0 1 4; do
    sleep "$pause"
    rm -rf -- "$dir" 2>/dev/null && break
  done
done
if [ -n "$containers" ]; then
  # shellcheck disable=SC2086 # one argument per id
  exec "$1" "$2" $containers
fi
`;
