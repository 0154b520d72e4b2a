#!/usr/bin/env bash
# A private Docker engine for the container tier: it shares nothing with one that may already run here, and leaves
# the machine's firewall and forwarding alone (containers reach this machine's bridge address, and no further).
#
#   scripts/docker_engine.sh start FOLDER   prints DOCKER_HOST=unix://FOLDER/docker.sock, and nothing else
#   scripts/docker_engine.sh stop FOLDER    stops it; images stay in FOLDER for the next start
#
# Debian or Ubuntu, as root. Installs the docker.io package where there is no dockerd.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"

[ $# -eq 2 ] || die "usage: docker_engine.sh start|stop FOLDER"
verb=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
socket=$folder/docker.sock
pidfile=$folder/docker.pid
log=$folder/dockerd.log

answers() { curl -fsS --max-time 5 --unix-socket "$socket" http://docker/_ping >/dev/null 2>&1; }

# A pid may have gone to another program: the engine that we started has our pid file among its arguments.
is_ours() { [ -s "$pidfile" ] && grep -qzF -- "$pidfile" "/proc/$(cat "$pidfile")/cmdline" 2>/dev/null; }

install_packages() {
  local missing=() tool
  for tool in dockerd:docker.io iptables:iptables curl:curl; do
    command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "needs ${missing[*]}, and there is no apt-get to install them"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$folder/apt.log" 2>&1 ||
    { tail -n 5 "$folder/apt.log" >&2; die "could not install ${missing[*]}"; }
  # From Debian 13 on, docker.io only recommends its own client.
  command -v docker >/dev/null || apt-get install -y -q --no-install-recommends docker-cli >>"$folder/apt.log" 2>&1 || true
}

start() {
  if ! { is_ours && answers; }; then
    [ "$(id -u)" -eq 0 ] || die "a Docker engine needs root"
    [ ${#socket} -le 100 ] || die "$folder is too long for a socket's path"
    install_packages
    rm -f "$pidfile" "$socket"
    setsid dockerd --iptables=false --ip6tables=false --ip-forward=false --data-root "$folder/data" \
      --exec-root "$folder/exec" --host "unix://$socket" --pidfile "$pidfile" >"$log" 2>&1 </dev/null &
    local engine=$! waited=0
    until answers; do
      kill -0 "$engine" 2>/dev/null || { tail -n 5 "$log" >&2; die "the engine ended, see $log"; }
      [ $((waited += 1)) -le 150 ] || { tail -n 5 "$log" >&2; die "the engine does not answer, see $log"; }
      sleep 0.2
    done
  fi
  echo "DOCKER_HOST=unix://$socket"
}

stop() {
  is_ours || { rm -f "$pidfile"; return 0; }
  local pid waited=0
  pid=$(cat "$pidfile")
  kill "$pid" # dockerd ends its containers and its own containerd
  while kill -0 "$pid" 2>/dev/null; do
    [ $((waited += 1)) -le 150 ] || die "engine $pid is still there after 30 s"
    sleep 0.2
  done
  rm -f "$pidfile"
}

case $verb in start) start ;; stop) stop ;; *) die "start or stop, not '$verb'" ;; esac
