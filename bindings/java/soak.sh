#!/bin/sh
# Ten million molecules through one virtual machine of 256 MB, memory watched: soak.sh [ROWS [MODEL]].
# After `mvn verify` here and `cargo test --release --test host_models`, which makes the small model.
set -eu
cd "$(dirname "$0")"
exec java -Xms256m -Xmx256m -XX:+AlwaysPreTouch -cp target/classes:target/test-classes org.chmr.Soak \
  "${2:-../../target/tmp/hosts/structure.chmr}" "${1:-10000000}"
