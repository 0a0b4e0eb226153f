#include "render/status.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct status *made;
static struct text text;

static int set_up(void **state)
{
	struct status *s = made = status_new();

	text_init(&text);
	s->fabric = "demo-ix";
	s->site = "ams";
	s->member = "Alpha Networks";
	s->asn = 4200000001;
	s->version = "0.1.0";
	s->pid = 17;
	s->now = 1000100.5;
	s->started = 1000000;
	s->peerlist.path = "peers";
	s->peerlist.state = "current";
	s->peerlist.loaded = 1000001;
	s->kernel.links_wanted = s->kernel.links_ok = 1;
	s->kernel.repairs = 2;
	s->bird.state = "running";
	s->bird.version = "2.0.12";
	s->bird.files = "current";
	status_add_links(s, 1);
	s->links[0].link = "ams-fra";
	s->links[0].peer = "fra";
	s->links[0].peer_member = "Beta";
	s->links[0].peer_asn = 64502;
	s->links[0].ifname = "gx-fra";
	s->links[0].mode = "gre";
	s->links[0].local = "192.0.2.1";
	s->links[0].remote = "192.0.2.2";
	s->links[0].mtu = 1476;
	s->links[0].state = "up";
	s->links[0].since_s = 125;
	s->links[0].rtt_ms = 12.3456;
	s->links[0].rtt_min_ms = 9.5;
	s->links[0].to = s->links[0].from = "arrives";
	s->links[0].interval_ms = 1000;
	s->links[0].sent = 100;
	s->links[0].answered = 99;
	s->links[0].lost = 1;
	s->links[0].lost_to = 1;
	s->links[0].lost_from = 0;
	s->links[0].kernel = "ok";
	s->links[0].repairs = 0;
	s->links[0].v4 = (struct status_session){
		"gx_fra_v4", "Established", "2026-01-02 03:04:05", "", 3, 2};
	s->links[0].v6 = (struct status_session){
		"gx_fra_v6", "Active",	 "2026-01-02 03:04:06", "Socket: Connection refused",
		STATUS_NONE, STATUS_NONE};
	return 0;
}

static int tear_down(void **state)
{
	made = status_free(made);
	text_done(&text);
	return 0;
}

static const char whole_json[] =
	"{\"fabric\":\"demo-ix\",\"site\":\"ams\",\"member\":\"Alpha Networks\",\"asn\":4200000001,"
	"\"version\":\"0.1.0\",\"pid\":17,\"now\":1000100.5,\"started\":1000000.0,"
	"\"peerlist\":{\"path\":\"peers\",\"state\":\"current\",\"loaded\":1000001.0,\"faults\":[]}"
	","
	"\"kernel\":{\"links_wanted\":1,\"links_ok\":1,\"last_change\":null,\"problems\":[],"
	"\"repairs\":2,\"failures\":null,\"reads\":null},"
	"\"bird\":{\"state\":\"running\",\"version\":\"2.0.12\",\"files\":\"current\",\"text\":"
	"null},"
	"\"packets\":{\"dropped_ttl\":null,\"dropped_stranger\":null,\"dropped_bad\":null,"
	"\"unsent\":null},"
	"\"sum\":{\"links\":1,\"up\":1,\"down\":0,\"unknown\":0,\"sessions\":2,\"established\":1,"
	"\"well\":false},"
	"\"links\":[{\"link\":\"ams-fra\",\"peer\":\"fra\",\"peer_member\":\"Beta\","
	"\"peer_asn\":64502,\"ifname\":\"gx-fra\",\"mode\":\"gre\",\"local\":\"192.0.2.1\","
	"\"remote\":\"192.0.2.2\",\"mtu\":1476,\"state\":\"up\",\"since_s\":125.0,\"reason\":null,"
	"\"rtt_ms\":12.346,\"rtt_min_ms\":9.5,\"to\":\"arrives\",\"from\":\"arrives\","
	"\"interval_ms\":1000,\"sent\":100,\"answered\":99,\"lost\":1,\"lost_to\":1,\"lost_from\":"
	"0,"
	"\"kernel\":\"ok\",\"note\":null,\"repairs\":0,\"bgp\":{"
	"\"v4\":{\"name\":\"gx_fra_v4\",\"state\":\"Established\",\"since\":\"2026-01-02 "
	"03:04:05\","
	"\"info\":\"\",\"imported\":3,\"exported\":2},"
	"\"v6\":{\"name\":\"gx_fra_v6\",\"state\":\"Active\",\"since\":\"2026-01-02 03:04:06\","
	"\"info\":\"Socket: Connection refused\",\"imported\":null,\"exported\":null}}}]}\n";

static void the_json_is_this_document(void **state)
{
	status_json(made, &text);
	assert_string_equal(text_str(&text), whole_json);
}

static void a_parsed_document_gives_the_same_json_again(void **state)
{
	static const char *faults[] = {"peers/a.cfg:3: asn: too big", "peers/b.cfg: empty"};
	struct status *back;
	struct text again;

	made->peerlist.faults = faults;
	made->peerlist.n_faults = 2;
	made->links[0].v6.name = NULL;
	status_json(made, &text);
	assert_int_equal(status_parse(text.data, text.len, NULL, &back), 0);
	text_init(&again);
	status_json(back, &again);
	assert_string_equal(text_str(&again), text_str(&text));
	text_done(&again);
	status_free(back);
}

static void what_is_no_status_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{}", "{\"site\":1,\"links\":[]}", "{\"site\":\"a\"}"};
	struct status *back;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(status_parse(bad[i], strlen(bad[i]), &err, &back), -EBADMSG);
}

static void wrong_types_read_as_unknown(void **state)
{
	static const char json[] = "{\"site\":\"a\",\"asn\":\"x\",\"pid\":-1,\"links\":[7,{}]}";
	struct status *back;

	assert_int_equal(status_parse(json, strlen(json), NULL, &back), 0);
	assert_true(back->asn == STATUS_NONE);
	assert_true(back->pid == STATUS_NONE);
	assert_int_equal(back->n_links, 2);
	assert_null(back->links[0].peer);
	assert_true(back->links[1].mtu == STATUS_NONE);
	status_table(back, false, &text);
	status_free(back);
}

static void the_table_says_what_is_wrong(void **state)
{
	static const char *faults[] = {"peers/a.cfg:3: asn: too big"};

	made->peerlist.state = "last good";
	made->peerlist.faults = faults;
	made->peerlist.n_faults = 1;
	status_table(made, false, &text);
	assert_string_equal(
		text_str(&text),
		"ams on demo-ix: 1 link, 1 up; 1 of 2 sessions established\n"
		"\n"
		"PEER  AS     STATE  FOR    RTT ms   MIN  LOST  IPv4      IPv6\n"
		"fra   64502  up     2m 5s    12.3  9.50     1  up, 3 in  Active\n"
		"\n"
		"Problems:\n"
		"  peer list peers: the last good one is in use, loaded 1m 39s ago; 1 fault to "
		"correct:\n"
		"    peers/a.cfg:3: asn: too big\n"
		"  fra: IPv6 session gx_fra_v6 is Active: Socket: Connection refused\n");
}

static void a_link_that_is_down_gives_its_reason_and_not_its_sessions(void **state)
{
	struct status_link *l = &made->links[0];

	l->state = "down";
	l->reason = "no reply for 3 intervals; fra->ams arrives, ams->fra is lost";
	l->rtt_ms = STATUS_NO_TIME;
	status_table(made, false, &text);
	assert_string_equal(
		text_str(&text),
		"ams on demo-ix: 1 link, 0 up, 1 down; 1 of 2 sessions established\n"
		"\n"
		"PEER  AS     STATE  FOR    RTT ms   MIN  LOST  IPv4      IPv6\n"
		"fra   64502  down   2m 5s       -  9.50     1  up, 3 in  Active\n"
		"\n"
		"Problems:\n"
		"  fra: down: no reply for 3 intervals; fra->ams arrives, ams->fra is lost\n");
}

static void names_beyond_ascii_keep_the_columns_straight(void **state)
{
	made->links[0].peer = "z\xc3\xbcrich";
	made->links[0].v6 = made->links[0].v4;
	status_table(made, false, &text);
	assert_non_null(strstr(text_str(&text), "\nz\xc3\xbcrich  64502  up"));
	assert_non_null(strstr(text_str(&text), "\nPEER    AS"));
}

static void all_is_well_only_when_nothing_is_missing(void **state)
{
	struct status_sum sum;

	status_sum(made, &sum);
	assert_false(sum.well);
	made->links[0].v6.state = "Established";
	status_sum(made, &sum);
	assert_true(sum.well);
	made->links[0].kernel = "conflict";
	status_sum(made, &sum);
	assert_false(sum.well);
	made->links[0].kernel = "ok";
	made->peerlist.state = "last good";
	status_sum(made, &sum);
	assert_false(sum.well);
}

static void metrics_escape_labels_and_use_seconds(void **state)
{
	const char *m;

	made->site = "a\"\\\nb";
	status_metrics(made, &text);
	m = text_str(&text);
	assert_non_null(strstr(m, "grix_link_up{fabric=\"demo-ix\",site=\"a\\\"\\\\\\nb\","
				  "link=\"ams-fra\",peer=\"fra\"} 1\n"));
	assert_non_null(strstr(m, "peer=\"fra\"} 0.012346\n"));
	assert_non_null(strstr(m, "# TYPE grix_link_packets_total counter\n"));
	assert_non_null(strstr(m, "peer=\"fra\",direction=\"to\"} 1\n"));
	assert_non_null(strstr(m, "peer=\"fra\",family=\"ipv6\"} 0\n"));
}

static void what_is_unknown_has_no_sample(void **state)
{
	made->links[0].state = "unknown";
	made->links[0].rtt_ms = STATUS_NO_TIME;
	status_metrics(made, &text);
	assert_null(strstr(text_str(&text), "grix_link_up{"));
	assert_null(strstr(text_str(&text), "grix_link_rtt_seconds{"));
	assert_null(strstr(text_str(&text), "grix_kernel_failures_total"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_json_is_this_document),
		T(a_parsed_document_gives_the_same_json_again),
		T(what_is_no_status_is_refused),
		T(wrong_types_read_as_unknown),
		T(the_table_says_what_is_wrong),
		T(a_link_that_is_down_gives_its_reason_and_not_its_sessions),
		T(names_beyond_ascii_keep_the_columns_straight),
		T(all_is_well_only_when_nothing_is_missing),
		T(metrics_escape_labels_and_use_seconds),
		T(what_is_unknown_has_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
