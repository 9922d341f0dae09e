# images.sh - small OCI images made by hand, for tests of containers; sourced
# after cluster.sh.

# Of busybox, static: it needs nothing beside it.
image_applets='sh cat echo env false grep head hostname httpd id ip kill ls
	mkdir nc printf ps pwd rm sleep stat sync test timeout touch true umask wc wget yes'

# image_root DIR: the tree of one.
image_root() {
	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/data" &&
		cp "$(command -v busybox)" "$1/bin/busybox" || return 1
	for image_applet in $image_applets; do
		ln -sf busybox "$1/bin/$image_applet"
	done
	printf 'root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:/bin/sh\n' \
		>"$1/etc/passwd"
	printf 'root:x:0:\nweb:x:34:\nextra:x:50:web\n' >"$1/etc/group"
	echo "from the image" >"$1/data/file"
	chmod 1777 "$1/tmp"
}

# image_blob LAYOUT FILE: its digest.
image_blob() {
	image_digest=$(sha256sum "$2" | cut -d ' ' -f 1)
	mkdir -p "$1/blobs/sha256"
	cp "$2" "$1/blobs/sha256/$image_digest"
	echo "$image_digest"
}

# image_pack LAYOUT TAG CONFIG TAR...: layers, the lowest first; CONFIG is the
# inner object of the image's configuration.
image_pack() {
	image_layout=$1 image_tag=$2 image_config=$3
	shift 3
	mkdir -p "$image_layout"
	image_layers='' image_diffs=''
	for image_tar in "$@"; do
		image_diff=$(sha256sum "$image_tar" | cut -d ' ' -f 1)
		gzip -nc "$image_tar" >"$image_layout/layer"
		image_layers="$image_layers${image_layers:+,}$(printf \
			'{"mediaType":"%s","digest":"sha256:%s","size":%s}' \
			application/vnd.oci.image.layer.v1.tar+gzip \
			"$(image_blob "$image_layout" "$image_layout/layer")" \
			"$(stat -c %s "$image_layout/layer")")"
		image_diffs="$image_diffs${image_diffs:+,}\"sha256:$image_diff\""
	done
	printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":%s}' \
		"$image_config" "{\"type\":\"layers\",\"diff_ids\":[$image_diffs]}" \
		>"$image_layout/layer"
	printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s",%s},"layers":[%s]}' \
		application/vnd.oci.image.manifest.v1+json \
		application/vnd.oci.image.config.v1+json \
		"$(printf '"digest":"sha256:%s","size":%s' \
			"$(image_blob "$image_layout" "$image_layout/layer")" \
			"$(stat -c %s "$image_layout/layer")")" \
		"$image_layers" >"$image_layout/manifest"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$image_layout/oci-layout"
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
		application/vnd.oci.image.manifest.v1+json \
		"$(image_blob "$image_layout" "$image_layout/manifest")" \
		"$(stat -c %s "$image_layout/manifest")" "$image_tag" \
		>"$image_layout/index.json"
}

# containers_needed: ends the test, skipping all of it by name, where no runtime
# works or images cannot be made.
containers_needed() {
	containers_lack=
	for containers_program in busybox skopeo; do
		command -v "$containers_program" >/dev/null ||
			containers_lack="$containers_program is not installed"
	done
	[ "$(id -u)" -eq 0 ] || containers_lack="not root"
	if [ -z "$containers_lack" ]; then
		containers_lack=$(sed -n 's/.*containers: none, //p' \
			"$MEZZO_STATE/log/agent-1" | head -n 1)
	fi
	[ -n "$containers_lack" ] || return 0
	skip "containers" "$containers_lack"
	exit 0
}

# Nothing of a container is left: directories, mounts, processes.
containers_left() {
	find "$MEZZO_STATE"/agent-*/containers -mindepth 1 ! -path '*/.trash*'
	grep -F "$MEZZO_STATE" /proc/mounts
}
no_containers_left() {
	[ -z "$(containers_left)" ]
}

# bridge_needed: likewise, where containers can have no network of their own.
bridge_needed() {
	if [ -x /usr/lib/cni/portmap ] && command -v iptables >/dev/null; then
		return 0
	fi
	skip "containers on a bridge" \
		"containernetworking-plugins, iptables: not installed"
	exit 0
}

# agent_port: one of the first agent's that nothing on the machine listens to.
agent_port() {
	agent_range=$(mezzo agents --json | jq -r '[.[].resources] | tostring' |
		grep -o '\[[0-9]*-[0-9]*\]' | tr -d '[]' | sort | head -n 1)
	while :; do
		agent_random=$(od -An -N2 -tu2 /dev/urandom)
		agent_port=$((${agent_range%-*} + agent_random % (${agent_range#*-} - ${agent_range%-*} + 1)))
		grep -qs "$(printf ':%04X 0*:0000 0A' $agent_port)" \
			/proc/net/tcp /proc/net/tcp6 || break
	done
	echo "$agent_port"
}
