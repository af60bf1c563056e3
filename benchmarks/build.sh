# Sourced by the scripts beside it: builds the module and its dependencies if a source is newer than
# the last build, and sets "classpath".
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
list="$here/target/classpath"
newer=
if [ -f "$list" ]; then
  newer=$(find "$root" -newer "$list" \( -path '*/src/main/*' -o -name pom.xml \) \
    -not -path '*/target/*' -not -path '*/examples/*' -print -quit)
fi
if [ ! -f "$list" ] || [ -n "$newer" ]; then
  echo "building ..." >&2
  (cd "$root" && mvn -q -pl benchmarks -am -DskipTests -Dspotless.check.skip=true \
    process-classes) >&2
  touch "$list"
fi
classpath="$here/target/classes:$(cat "$list")"
