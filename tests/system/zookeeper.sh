# zookeeper.sh - a real ZooKeeper server for a system test: sourced after
# cluster.sh.  zookeeper_start puts it at 127.0.0.1:$zookeeper_port.

zookeeper_jars=/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar

zookeeper_is_installed() {
	[ -e /usr/share/java/zookeeper.jar ] && command -v java >/dev/null
}

zookeeper_start() {
	zookeeper_port=$(free_ports)
	mkdir -p "$tmp/zookeeper"
	cat >"$tmp/zookeeper/zoo.cfg" <<-END
		tickTime=500
		dataDir=$tmp/zookeeper/data
		clientPort=$zookeeper_port
		clientPortAddress=127.0.0.1
		admin.enableServer=false
		minSessionTimeout=1000
	END
	zookeeper_start_again
}

zookeeper_start_again() {
	setsid java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
		-cp "$zookeeper_jars" \
		org.apache.zookeeper.server.quorum.QuorumPeerMain \
		"$tmp/zookeeper/zoo.cfg" >>"$tmp/zookeeper/log" 2>&1 &
	zookeeper_pid=$!
}

zookeeper_kill() {
	kill -9 "$zookeeper_pid"
	wait "$zookeeper_pid" 2>/dev/null
}
