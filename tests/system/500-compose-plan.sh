#!/bin/sh
# mezzo compose plan and config: what a file means, or what in it is refused.
. "$srcdir/tests/system/cluster.sh"

here=$PWD
mkdir "$tmp/shop" && cd "$tmp/shop" || exit 99
cat >compose.yaml <<'END'
services:
  web:
    image: nginx:${TAG:-1}
    ports: ["8080:80", 2222:22]
    volumes: ["./conf:/etc/nginx/conf.d:ro"]
    depends_on:
      api: {condition: service_healthy}
  api:
    build: ./api
    environment: [COLOR]
    env_file: api.env
    healthcheck: {test: "true", interval: 5s}
    deploy: {replicas: 2}
  db:
    image: redis
    volumes: [data:/data]
volumes:
  data:
END
echo 'LEVEL=$LEVEL_OF_ALL' >api.env
printf 'TAG=5\nLEVEL_OF_ALL=3\n' >.env
plan=$(mezzo compose plan --no-build 2>"$tmp/err")
is "a plan has no complaints" "$(cat "$tmp/err")" \
	"mezzo compose: the variable COLOR is not set; nothing takes its place"
is "services come in the order of need" \
	"$(echo "$plan" | sed -n 's/^[0-9]\. \([a-z]*\):.*/\1/p' | tr '\n' ' ')" \
	"api web db "
has ".env is read" "$plan" "nginx:5"
has "what is built has the name it is expected by" "$plan" "shop-api"
has "what stops first is said, and why" "$plan" \
	"the old instance stops before the new one starts: it publishes a port"
has "files go along" "$plan" "$tmp/shop/conf goes with the project"
config=$(COLOR=red mezzo compose -p other config --no-build)
is "config is canonical" "$(echo "$config" | jq -c '.services.api.environment')" \
	'{"LEVEL":"3","COLOR":"red"}'
is "ports are no numbers to base 60" \
	"$(echo "$config" | jq -c '.services.web.ports[1].published')" 2222
is "-p names the project" "$(echo "$config" | jq -r .name)" other
mezzo compose plan >"$tmp/out" 2>"$tmp/err"
is "without --no-build it fails" "$?" 2
has "with file, line and key" "$(cat "$tmp/err")" \
	"compose.yaml:9: services.api.build: images are not built here"
printf 'services:\n  a:\n    image: x\n    privileged: true\n    tty: true\n' \
	>bad.yaml
mezzo compose -f bad.yaml plan >"$tmp/out" 2>"$tmp/err"
is "what is not known is refused" "$?" 2
is "all of it" "$(cut -d : -f 1-3 "$tmp/err" | tr '\n' ' ')" \
	"bad.yaml:4: services.a.privileged bad.yaml:5: services.a.tty "
is "and nothing is said on stdout" "$(cat "$tmp/out")" ""
has "a file that is missing is named" "$(mezzo compose -f no.yaml plan 2>&1)" \
	"no.yaml"
cd "$here" || exit 99

# Real files, of others.  The number may only grow.
accepted_min=25
corpus=$(cd "$srcdir/.." && pwd)/shared/corpus/compose
if [ -d "$corpus" ]; then
	accepted=0 refused=0 silent=
	for project in "$corpus"/*/; do
		file=$(ls "$project"compose.y*ml)
		HOME=$tmp timeout 10 mezzo compose -f "$file" plan --no-build \
			>"$tmp/plan" 2>"$tmp/err"
		case $? in
		0) accepted=$((accepted + 1)) ;;
		2)
			refused=$((refused + 1))
			grep -q "^$file:[0-9]*: [a-z]" "$tmp/err" ||
				silent="$silent $file"
			;;
		*) silent="$silent $file" ;;
		esac
		for service in $(sed -n '/^services:/,/^[a-z]/s/^  \([a-z0-9-]*\): *$/\1/p' \
			"$file"); do
			grep -q "^[0-9]*\. $service:" "$tmp/plan" ||
				[ -s "$tmp/err" ] || silent="$silent $file"
		done
	done
	echo "# compose_files_accepted $accepted of $((accepted + refused))"
	check "at least $accepted_min real files are accepted" \
		[ "$accepted" -ge $accepted_min ]
	is "the others are refused with file, line and key" "$silent" ""
else
	skip "real files" "there is no $corpus"
fi
