# Copies lines to descriptor 1. A signal waits until a line was copied.
stop=
trap 'stop=1' TERM
while [ -z "$stop" ]; do
    IFS= read -r line && echo "$line"
done
