# Copies lines to descriptor 1. A signal waits until a line was copied.
stop=
trap 'stop=1' TERM
while [ -z "$stop" ]; do
    if IFS= read -r line; then
        echo "$line"
    elif [ -z "$stop" ]; then
        exit 1
    fi
done
