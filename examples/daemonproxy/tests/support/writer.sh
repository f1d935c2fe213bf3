# Writes numbered lines, and notes each in descriptor 2. A signal waits until a line was written to both.
stop=
trap 'stop=1' TERM
count=0
while [ -z "$stop" ]; do
    count=$((count + 1))
    line="$$ $count"
    echo "$line"
    echo "$line" >&2
done
