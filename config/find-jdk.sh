# Sourced by ./sampo and .ci/run. find_jdk sets JDK_HOME to the home of a JDK 25, or says on stderr
# where it looked and returns 1.

readonly WANTED_JAVA=25

# Whether a folder is the home of the JDK wanted. Its release file tells; starting a JVM to ask
# would cost more than all the rest of ./sampo.
is_wanted_jdk() {
  local line
  [[ -r $1/release && -x $1/bin/java && -x $1/bin/javac ]] || return 1
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line =~ ^JAVA_VERSION=\"$WANTED_JAVA([.+-]|\") ]] && return 0
  done <"$1/release"
  return 1
}

# The home that the java on the PATH belongs to, through all links; empty where there is none.
home_of_path_java() {
  local java
  java=$(command -v java) || return 0
  java=$(readlink -f "$java" 2>/dev/null) || return 0
  printf '%s' "${java%/bin/java}"
}

find_jdk() {
  local home=${HOME:-/nonexistent} candidate
  local sdkman=${SDKMAN_DIR:-$home/.sdkman}/candidates/java
  local -a homes=("${SAMPO_JAVA_HOME:-}" "${JAVA_HOME:-}" "$(home_of_path_java)")
  homes+=(
    /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* /usr/local/* "$sdkman"/* "$home"/.jdks/*
    /Library/Java/JavaVirtualMachines/*/Contents/Home
    "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home
  )
  for candidate in "${homes[@]}"; do
    if [[ -n $candidate ]] && is_wanted_jdk "$candidate"; then
      JDK_HOME=$candidate
      return 0
    fi
  done
  printf '%s\n' "no JDK $WANTED_JAVA found: looked-in=SAMPO_JAVA_HOME, JAVA_HOME, PATH,\
 /usr/lib/jvm, /usr/java, /opt, /usr/local, $sdkman, $home/.jdks, macOS and Homebrew folders;\
 hint: install one, such as Temurin $WANTED_JAVA, or set SAMPO_JAVA_HOME to it" >&2
  return 1
}
