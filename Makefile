# Builds applikatonid with GNU make or BSD make, after ./configure.  A program
# is a line in PROGRAMS, its objects and its libraries; what several share
# lies in common/libcommon.a, from which the linker takes what is used.

VERSION =	0.1.0

include config.mk

PROGRAMS =	applikatonid/applikatonid applikatonictl/applikatonictl \
		web/web engine/engine executor/executor executor/worker \
		github/github notifier/notifier toni/toni

COMMON =	common/channel.o common/child.o common/conf.o \
		common/http_client.o common/log.o common/msg.o common/plan.o \
		common/process.o common/random.o common/record.o \
		common/sandbox_$(SANDBOX).o common/selftest.o common/utf8.o \
		common/wiped.o

IMSG =		imsg/imsg.o imsg/imsg-buffer.o

PARENT =	applikatonid/applikatonid.o applikatonid/check.o \
		applikatonid/conf_json.o applikatonid/conf_json_values.o \
		applikatonid/conf_print.o applikatonid/conf_secrets.o \
		applikatonid/directories.o applikatonid/files.o \
		applikatonid/import.o applikatonid/json_tree.o \
		applikatonid/lexer.o applikatonid/lines.o \
		applikatonid/nearest.o applikatonid/notify.o \
		applikatonid/parse.o applikatonid/problem.o \
		applikatonid/reload.o applikatonid/sockets.o \
		applikatonid/spawn.o applikatonid/supervise.o \
		applikatonid/validate.o applikatonid/workers.o

CONTROL =	applikatonictl/applikatonictl.o applikatonictl/print.o

WEB =		web/web.o web/assets.o web/calls.o web/client.o \
		web/connection.o web/cookie.o web/decode.o web/exchange.o \
		web/form.o web/head.o web/http.o web/http_list.o \
		web/listener.o web/output.o web/reply.o web/routes.o \
		web/settings.o web/stream.o web/target.o web/websocket.o \
		web/wskey.o

ENGINE_PARTS =	engine/access.o engine/answer.o engine/audit.o engine/buf.o \
		engine/control.o engine/deployments.o engine/entries.o \
		engine/feed.o engine/history.o engine/host_keys.o \
		engine/import.o engine/jobs.o engine/journal.o engine/json.o \
		engine/operators.o engine/outbox.o engine/people.o \
		engine/plans.o engine/refusal.o engine/request.o \
		engine/store.o engine/store_backup.o \
		engine/store_deployments.o engine/store_entries.o \
		engine/store_import.o engine/store_outbox.o \
		engine/store_people.o engine/times.o engine/url.o \
		engine/views.o

ENGINE =	engine/engine.o $(ENGINE_PARTS)

EXECUTOR =	executor/executor.o executor/bcrypt_kdf.o executor/check.o \
		executor/host_keys.o executor/job.o executor/key.o \
		executor/key_private.o executor/key_read.o executor/keyring.o \
		executor/known_hosts.o executor/mask.o executor/order.o \
		executor/order_worker.o executor/plan.o executor/render.o \
		executor/template.o executor/template_eval.o \
		executor/template_exec.o executor/template_float.o \
		executor/template_format.o executor/template_funcs.o \
		executor/template_lex.o executor/template_node.o \
		executor/template_number.o executor/template_parse.o \
		executor/template_parser.o executor/template_pipeline.o \
		executor/template_print.o executor/template_quote.o \
		executor/template_text.o executor/template_unicode.o \
		executor/wire.o

WORKER =	executor/worker.o executor/entries.o executor/job.o \
		executor/key.o executor/key_private.o executor/known_hosts.o \
		executor/look.o executor/mask.o executor/ssh.o \
		executor/ssh_command.o executor/ssh_connect.o \
		executor/ssh_error.o executor/ssh_kill.o executor/ssh_login.o \
		executor/ssh_transport.o executor/ssh_victims.o \
		executor/wire.o

GITHUB =	github/github.o

NOTIFIER =	notifier/notifier.o notifier/webhook.o

TONI =		toni/toni.o toni/entry.o toni/find.o toni/git.o toni/http.o \
		toni/interrupt.o toni/options.o toni/screen.o toni/server.o \
		toni/settings.o toni/show.o toni/visible.o toni/watch.o

LIBS =		common/libcommon.a imsg/libimsg.a
LIBS_CHILD =	$(LIBS) $(LIBS_EVENT) $(LIBS_SECCOMP) $(LIBS_BSD)

all: $(PROGRAMS)

.SUFFIXES: .c .o .fo
.c.o:
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

common/libcommon.a: $(COMMON)
	rm -f $@
	ar rcs $@ $(COMMON)

imsg/libimsg.a: $(IMSG)
	rm -f $@
	ar rcs $@ $(IMSG)

applikatonid/applikatonid: $(PARENT) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(PARENT) $(LIBS) $(LIBS_EVENT) \
	    $(LIBS_JANSSON) $(LIBS_MD) $(LIBS_BSD)

applikatonictl/applikatonictl: $(CONTROL) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(CONTROL) $(LIBS) $(LIBS_EVENT) \
	    $(LIBS_JANSSON) $(LIBS_BSD)

web/web: $(WEB) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(WEB) $(LIBS_WSLAY) $(LIBS_MD) $(LIBS_CHILD)

engine/engine: $(ENGINE) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(ENGINE) $(LIBS_SQLITE) $(LIBS_MD) \
	    $(LIBS_CHILD)

executor/executor: $(EXECUTOR) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(EXECUTOR) $(LIBS_CRYPTO) $(LIBS_CHILD)

executor/worker: $(WORKER) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(WORKER) $(LIBS_SSH2) $(LIBS_CRYPTO) \
	    $(LIBS_EVDNS) $(LIBS_CHILD)

github/github: $(GITHUB) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(GITHUB) $(LIBS) $(LIBS_CURL) \
	    $(LIBS_JANSSON) $(LIBS_CHILD)

notifier/notifier: $(NOTIFIER) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(NOTIFIER) $(LIBS) $(LIBS_CURL) \
	    $(LIBS_JANSSON) $(LIBS_CHILD)

toni/toni: $(TONI) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(TONI) $(LIBS) $(LIBS_CURL) $(LIBS_JANSSON) \
	    $(LIBS_YAML) $(LIBS_BSD)

# PREFIX may be given to make too; what knows it is built again then.
applikatonid/prefix.h: always
	@echo '#define PROGRAM_DIR "$(PREFIX)/libexec/applikatonid"' >$@.tmp
	@if cmp -s $@.tmp $@; then rm $@.tmp; else mv $@.tmp $@; fi

always:

applikatonid/spawn.o applikatonid/spawn.fo: applikatonid/prefix.h

applikatonid/parse.c: parse.y
	$(YACC) -o $@ parse.y

web/assets.c: web/embed.sh web/static web/static/*
	sh web/embed.sh web/static >$@.tmp && mv $@.tmp $@

# The unit tests: each is linked with what it takes from all the rooms.
OBJECTS =	$(COMMON) $(IMSG) $(PARENT) $(CONTROL) $(WEB) $(ENGINE) \
		$(EXECUTOR) $(WORKER) $(GITHUB) $(NOTIFIER) $(TONI)

UNIT =		regress/unit/access_test regress/unit/channel_test \
		regress/unit/client_test regress/unit/conf_json_test \
		regress/unit/config_test regress/unit/engine_full_test \
		regress/unit/engine_test regress/unit/form_test \
		regress/unit/http_test regress/unit/imsg_test \
		regress/unit/job_test regress/unit/json_test \
		regress/unit/key_test regress/unit/known_hosts_test \
		regress/unit/lines_test regress/unit/msg_test \
		regress/unit/output_test regress/unit/record_test \
		regress/unit/render_test regress/unit/settings_test \
		regress/unit/store_test regress/unit/template_test \
		regress/unit/times_test regress/unit/toni_test \
		regress/unit/websocket_test

# Programs that tests in regress/ run.
HELPERS =	regress/template/render_cases

tests: $(UNIT) $(HELPERS)

$(HELPERS): regress/libtested.a

# Programs that measure; each prints its figures.
BENCH =		regress/bench/bare regress/bench/engine_bench \
		regress/bench/hosts_loop regress/bench/viewer

bench: $(BENCH)

$(BENCH): regress/libtested.a

regress/libtested.a: $(OBJECTS)
	rm -f $@
	ar qcs $@ $(OBJECTS)

$(UNIT): regress/libtested.a regress/unit/tap.h

LIBS_TESTED =	$(LIBS_SQLITE) $(LIBS_JANSSON) $(LIBS_CRYPTO) $(LIBS_WSLAY) \
		$(LIBS_SSH2) $(LIBS_CURL) $(LIBS_EVDNS) $(LIBS_EVENT) \
		$(LIBS_SECCOMP) $(LIBS_MD) $(LIBS_YAML) $(LIBS_BSD)

.c:
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< regress/libtested.a $(LIBS_TESTED)

# The fuzz targets: they and all the rooms are compiled for libFuzzer, into
# objects of their own (.fo) beside the others.
FUZZ =		regress/fuzz/conf_json_fuzz regress/fuzz/cookie_fuzz \
		regress/fuzz/entries_fuzz regress/fuzz/form_fuzz \
		regress/fuzz/http_fuzz regress/fuzz/imsg_fuzz \
		regress/fuzz/job_fuzz regress/fuzz/key_fuzz \
		regress/fuzz/known_hosts_fuzz regress/fuzz/mask_fuzz \
		regress/fuzz/msg_fuzz regress/fuzz/parse_fuzz \
		regress/fuzz/record_fuzz regress/fuzz/settings_fuzz \
		regress/fuzz/target_fuzz regress/fuzz/template_fuzz \
		regress/fuzz/websocket_fuzz

FUZZ_CC =	clang
FUZZ_CFLAGS =	$(CFLAGS) -U_FORTIFY_SOURCE -fno-omit-frame-pointer \
		-fno-sanitize-recover=undefined
FUZZ_OBJECTS =	$(OBJECTS:.o=.fo)

fuzz: $(FUZZ)

.c.fo:
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -MF $@.d \
	    -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

regress/libfuzzed.a: $(FUZZ_OBJECTS)
	rm -f $@
	ar qcs $@ $(FUZZ_OBJECTS)

$(FUZZ): regress/libfuzzed.a $(FUZZ:=.fo)
	$(FUZZ_CC) $(LDFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $@.fo \
	    regress/libfuzzed.a $(LIBS_TESTED)

# Where things go; PREFIX is compiled in too.
PROGRAMDIR =	$(PREFIX)/libexec/applikatonid
EXAMPLEDIR =	$(PREFIX)/share/examples/applikatonid
BASHDIR =	$(PREFIX)/share/bash-completion/completions
ZSHDIR =	$(PREFIX)/share/zsh/site-functions

install: all
	for dir in $(PREFIX)/bin $(PREFIX)/sbin $(PROGRAMDIR) $(EXAMPLEDIR) \
	    $(BASHDIR) $(ZSHDIR) $(MANDIR)/man1 $(MANDIR)/man5 \
	    $(MANDIR)/man8 $(UNITDIR)/system $(PREFIX)/lib/sysusers.d \
	    $(PREFIX)/lib/tmpfiles.d; do \
		install -d -m 755 $(DESTDIR)$$dir || exit 1; \
	done
	install -m 755 toni/toni $(DESTDIR)$(PREFIX)/bin
	install -m 755 applikatonid/applikatonid \
	    applikatonictl/applikatonictl $(DESTDIR)$(PREFIX)/sbin
	install -m 755 web/web engine/engine executor/executor \
	    executor/worker github/github notifier/notifier \
	    $(DESTDIR)$(PROGRAMDIR)
	install -m 644 toni.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 applikatonid.conf.5 $(DESTDIR)$(MANDIR)/man5
	install -m 644 applikatonid.8 applikatonictl.8 \
	    $(DESTDIR)$(MANDIR)/man8
	install -m 644 etc/applikatonid.conf etc/applikatonid.rc \
	    etc/nginx.conf etc/Caddyfile etc/relayd.conf \
	    etc/completion/toni.ksh $(DESTDIR)$(EXAMPLEDIR)
	install -m 644 etc/completion/toni.bash $(DESTDIR)$(BASHDIR)/toni
	install -m 644 etc/completion/_toni $(DESTDIR)$(ZSHDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|' \
	    etc/applikatonid.service \
	    >$(DESTDIR)$(UNITDIR)/system/applikatonid.service
	install -m 644 etc/applikatonid.sysusers \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/applikatonid.conf
	install -m 644 etc/applikatonid.tmpfiles \
	    $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/applikatonid.conf

clean:
	rm -f $(PROGRAMS) $(OBJECTS) $(OBJECTS:.o=.d) $(LIBS) $(UNIT) \
	    $(BENCH) $(HELPERS) regress/libtested.a applikatonid/parse.c \
	    applikatonid/prefix.h web/assets.c $(FUZZ) $(FUZZ:=.fo) \
	    $(FUZZ:=.fo.d) $(FUZZ_OBJECTS) $(FUZZ_OBJECTS:=.d) \
	    regress/libfuzzed.a

.PHONY: all always bench clean fuzz install tests

-include $(OBJECTS:.o=.d) $(FUZZ_OBJECTS:=.d) $(FUZZ:=.fo.d)
