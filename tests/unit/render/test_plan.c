#include "lists.h"
#include "render/plan.h"
#include "render/table.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct peerlist *list;
	struct plan *plan;
	struct text text;
	struct render_out out;
};

static void plan_list(struct fixture *x, struct peerlist *l)
{
	struct faults f;

	*x = (struct fixture){.list = l};
	faults_init(&f);
	assert_int_equal(plan_make(l, &f, &x->plan), 0);
	text_init(&x->text);
	x->out = render_out_text(&x->text);
}

static void done(struct fixture *x)
{
	text_done(&x->text);
	plan_free(x->plan);
	arena_free(x->list->arena);
}

static struct peerlist *three_sites(void)
{
	struct peerlist *l = list_new(3);
	struct site_entry *s = list_site(l, 64501, "ams", 1, "192.0.2.1", "2001:db8:ff::1");

	s->country = "NL";
	s->region = "eu";
	list_site(l, 64501, "fra", 2, "192.0.2.2", "");
	list_site(l, 4200000003, "m\xc3\xbcnchen", 3, "", "2001:db8:ff::3")->live =
		(struct live_options){.port_set = true, .port = 60000};
	list_link(l, "fra", "m\xc3\xbcnchen")->enabled = false;
	list_link(l, "ams", "m\xc3\xbcnchen")->tunnel =
		(struct tunnel_options){.key_set = true, .key = KEY_FIXED, .key_value = 4294967295};
	return l;
}

static json_t *parsed(const struct text *t)
{
	json_error_t error;
	json_t *j = json_loads(text_str(t), JSON_REJECT_DUPLICATES, &error);

	if (!j)
		fail_msg("%s at %d: %s", error.text, error.position, text_str(t));
	return j;
}

static void assert_json(const json_t *got, const char *want)
{
	json_error_t error;
	json_t *w = json_loads(want, JSON_REJECT_DUPLICATES, &error);

	if (!w)
		fail_msg("%s at %d", error.text, error.position);
	if (!json_equal(got, w))
		fail_msg("%s", json_dumps(got, 0));
	json_decref(w);
}

static void a_site_in_json_is_whole(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	assert_int_equal(render_plan_json(x.plan, NULL, &x.out), 0);
	json_t *j = parsed(&x.text), *sites = json_object_get(j, "sites");

	assert_int_equal(json_object_size(j), 3);
	assert_string_equal(json_string_value(json_object_get(j, "fabric")), "demo-ix");
	assert_int_equal(json_array_size(sites), 3);
	assert_json(json_array_get(sites, 0),
		    "{\"site\": \"ams\", \"member\": \"Member 64501\", \"asn\": 64501, \"id\": 1,"
		    "\"lan4\": \"10.64.0.1\", \"lan6\": \"2001:db8:113::1\","
		    "\"underlay4\": \"192.0.2.1\", \"underlay6\": \"2001:db8:ff::1\","
		    "\"ifname\": \"gx-ams\", \"symbol\": \"gx_ams\", \"router_id\": \"10.64.0.1\","
		    "\"country\": \"NL\", \"region\": \"eu\","
		    "\"announce\": [\"198.18.1.0/24\", \"2001:db8:8001::/48\"]}");
	json_decref(j);
	done(&x);
}

static void a_link_in_json_is_whole(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	render_plan_json(x.plan, NULL, &x.out);
	json_t *j = parsed(&x.text), *links = json_object_get(j, "links");

	assert_int_equal(json_array_size(links), 2);
	assert_json(json_array_get(links, 1),
		    "{\"link\": \"ams-m\xc3\xbcnchen\", \"mode\": \"ip6gre\", \"mtu\": 1452,"
		    "\"ttl\": 64, \"key\": 4294967295, \"ibgp\": false,"
		    "\"liveness\": {\"kind\": \"stamp\", \"interval_ms\": 1000, \"misses\": 3},"
		    "\"a\": {\"site\": \"ams\", \"ifname\": \"gx-mnche-dmk5wi\","
		    "\"local\": \"2001:db8:ff::1\", \"remote\": \"2001:db8:ff::3\","
		    "\"lan4\": \"10.64.0.1\", \"lan6\": \"2001:db8:113::1\", \"port\": 50862},"
		    "\"b\": {\"site\": \"m\xc3\xbcnchen\", \"ifname\": \"gx-ams\","
		    "\"local\": \"2001:db8:ff::3\", \"remote\": \"2001:db8:ff::1\","
		    "\"lan4\": \"10.64.0.3\", \"lan6\": \"2001:db8:113::3\", \"port\": 60000}}");
	assert_true(json_is_null(json_object_get(json_array_get(links, 0), "key")));
	json_decref(j);
	done(&x);
}

static void behind_nat_local_is_what_the_host_has_and_remote_what_others_see(void **state)
{
	struct peerlist *l = three_sites();
	struct fixture x;

	(void)state;
	addr_parse("10.0.0.5", &l->members[0].sites[0].bind4);
	plan_list(&x, l);
	render_plan_json(x.plan, NULL, &x.out);
	json_t *j = parsed(&x.text), *link = json_array_get(json_object_get(j, "links"), 0);
	json_t *a = json_object_get(link, "a"), *b = json_object_get(link, "b");

	assert_string_equal(json_string_value(json_object_get(a, "local")), "10.0.0.5");
	assert_string_equal(json_string_value(json_object_get(a, "remote")), "192.0.2.2");
	assert_string_equal(json_string_value(json_object_get(b, "remote")), "192.0.2.1");
	json_decref(j);
	text_reset(&x.text);
	render_plan_text(x.plan, plan_find_site(x.plan, "ams"), &x.out);
	assert_non_null(strstr(text_str(&x.text), "gre     1476  10.0.0.5        192.0.2.2\n"));
	done(&x);
}

static void one_sites_json_is_its_links_and_whom_they_join(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	assert_int_equal(render_plan_json(x.plan, plan_find_site(x.plan, "fra"), &x.out), 0);
	json_t *j = parsed(&x.text), *sites = json_object_get(j, "sites");
	json_t *links = json_object_get(j, "links");

	assert_int_equal(json_array_size(sites), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(sites, 0), "site")),
			    "fra");
	assert_string_equal(json_string_value(json_object_get(json_array_get(sites, 1), "site")),
			    "ams");
	assert_int_equal(json_array_size(links), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(links, 0), "link")),
			    "ams-fra");
	assert_json(json_object_get(j, "apart"),
		    "[{\"site\": \"m\xc3\xbcnchen\", \"why\": \"switched off in fabric.links\"}]");
	json_decref(j);
	done(&x);
}

static void names_of_any_kind_make_valid_json(void **state)
{
	struct peerlist *l = list_new(2);
	struct fixture x;

	(void)state;
	list_site(l, 64501, "a", 1, "192.0.2.1", "");
	list_member(l, 64501)->name = "quote \" back \\ slash \xe6\x9d\xb1\xe4\xba\xac";
	plan_list(&x, l);
	render_plan_json(x.plan, NULL, &x.out);
	json_t *j = parsed(&x.text);
	json_t *site = json_array_get(json_object_get(j, "sites"), 0);

	assert_string_equal(json_string_value(json_object_get(site, "member")),
			    list_member(l, 64501)->name);
	assert_int_equal(json_array_size(json_object_get(j, "links")), 0);
	json_decref(j);
	done(&x);
}

static void an_empty_plan_is_valid_json(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, list_new(0));
	render_plan_json(x.plan, NULL, &x.out);
	json_t *j = parsed(&x.text);

	assert_json(j, "{\"fabric\": \"demo-ix\", \"sites\": [], \"links\": []}");
	json_decref(j);
	done(&x);
}

/* Counts what comes; refuses once it had enough. */
struct tap {
	size_t pieces, bytes, largest, full;
};

static int drink(void *to, const char *text, size_t n)
{
	struct tap *t = to;

	(void)text;
	if (t->pieces == t->full)
		return -ENOSPC;
	t->pieces++;
	t->bytes += n;
	t->largest = n > t->largest ? n : t->largest;
	return 0;
}

static void a_long_plan_comes_in_pieces(void **state)
{
	struct tap json = {.full = SIZE_MAX}, text = {.full = SIZE_MAX};
	const struct render_out to_json = {drink, &json}, to_text = {drink, &text};
	struct fixture x;

	(void)state;
	plan_list(&x, list_mesh(100));
	assert_int_equal(render_plan_json(x.plan, NULL, &to_json), 0);
	assert_int_equal(render_plan_text(x.plan, NULL, &to_text), 0);
	assert_true(json.bytes > 1000000 && json.pieces > 10);
	assert_true(text.bytes > 200000 && text.pieces > 2);
	assert_true(json.largest < 70000 && text.largest < 70000);
	done(&x);
}

static void a_reader_that_is_gone_ends_it(void **state)
{
	struct tap json = {.full = 3}, text = {.full = 3};
	const struct render_out to_json = {drink, &json}, to_text = {drink, &text};
	struct fixture x;

	(void)state;
	plan_list(&x, list_mesh(100));
	assert_int_equal(render_plan_json(x.plan, NULL, &to_json), -ENOSPC);
	assert_int_equal(render_plan_text(x.plan, NULL, &to_text), -ENOSPC);
	assert_int_equal(json.pieces, 3);
	done(&x);
}

static void the_whole_plan_as_tables(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	assert_int_equal(render_plan_text(x.plan, NULL, &x.out), 0);
	assert_string_equal(
		text_str(&x.text),
		"demo-ix: 3 sites of 2 members, 2 links\n"
		"\n"
		"SITE     MEMBER             ASN         ID  LAN4       LAN6             UNDERLAY4 "
		" "
		"UNDERLAY6\n"
		"ams      Member 64501       64501       1   10.64.0.1  2001:db8:113::1  192.0.2.1 "
		" "
		"2001:db8:ff::1\n"
		"fra      Member 64501       64501       2   10.64.0.2  2001:db8:113::2  192.0.2.2 "
		" -\n"
		"m\xc3\xbcnchen  Member 4200000003  4200000003  3   10.64.0.3  2001:db8:113::3  -  "
		"    "
		"    2001:db8:ff::3\n"
		"\n"
		"LINK         MODE    MTU   TTL  KEY         BGP   A               B\n"
		"ams-fra      gre     1476  64   -           ibgp  192.0.2.1       192.0.2.2\n"
		"ams-m\xc3\xbcnchen  ip6gre  1452  64   4294967295  ebgp  2001:db8:ff::1  "
		"2001:db8:ff::3\n");
	done(&x);
}

static void one_site_as_tables(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	assert_int_equal(render_plan_text(x.plan, plan_find_site(x.plan, "fra"), &x.out), 0);
	assert_string_equal(
		text_str(&x.text),
		"fra on demo-ix: Member 64501, AS64501, id 2, 1 link\n"
		"addresses 10.64.0.2 2001:db8:113::2\n"
		"announces 198.18.2.0/24, 2001:db8:8002::/48\n"
		"\n"
		"INTERFACE  PEER  MEMBER        ASN    MODE  MTU   LOCAL      REMOTE\n"
		"gx-ams     ams   Member 64501  64501  gre   1476  192.0.2.2  192.0.2.1\n"
		"\n"
		"INTERFACE  PEER LAN4  PEER LAN6        BGP   SESSIONS       KEY  KEEPALIVE\n"
		"gx-ams     10.64.0.1  2001:db8:113::1  ibgp  gx_ams_v4 _v6  -    every 1000 ms, 3 "
		"misses\n"
		"\n"
		"no link with m\xc3\xbcnchen: switched off in fabric.links\n");
	done(&x);
}

static struct plan_changes *leave_of_fra(struct fixture *x)
{
	struct peerlist *less = list_new(2);
	struct fixture y;

	plan_list(x, three_sites());
	list_site(less, 64501, "ams", 1, "192.0.2.1", "2001:db8:ff::1");
	plan_list(&y, less);
	struct plan_changes *c = plan_compare(y.plan, x->plan);

	done(&y);
	return c;
}

static void changes_as_tables(void **state)
{
	struct fixture x;
	struct plan_changes *c = leave_of_fra(&x);

	(void)state;
	assert_int_equal(render_changes_text(c, &x.out), 0);
	assert_string_equal(
		text_str(&x.text),
		"CHANGE      WHERE        BGP  WHAT\n"
		"site joins  fra          -    Member 64501, AS64501, id 2, 1 link\n"
		"site joins  m\xc3\xbcnchen      -    Member 4200000003, AS4200000003, id 3, 1 "
		"link\n"
		"link made   ams-fra      -    gre 192.0.2.1 192.0.2.2, mtu 1476, ibgp\n"
		"link made   ams-m\xc3\xbcnchen  -    ip6gre 2001:db8:ff::1 2001:db8:ff::3, mtu "
		"1452, "
		"ebgp\n"
		"\n"
		"ON SITE  MADE  REMOVED  CHANGED  RENAMED  REPLACED  BGP RESTARTS\n"
		"ams      2     0        0        0        0         0\n"
		"fra      1     0        0        0        0         0\n"
		"m\xc3\xbcnchen  1     0        0        0        0         0\n");
	plan_changes_free(c);
	done(&x);
}

static void changes_as_json(void **state)
{
	struct fixture x;
	struct plan_changes *c = leave_of_fra(&x);

	(void)state;
	assert_int_equal(render_changes_json(c, &x.out), 0);
	json_t *j = parsed(&x.text), *changes = json_object_get(j, "changes");

	assert_int_equal(json_array_size(changes), 4);
	assert_json(json_array_get(changes, 0),
		    "{\"change\": \"site joins\", \"link\": null, \"sites\": [\"fra\"], \"what\": "
		    "\"Member 64501, AS64501, id 2, 1 link\", \"restarts\": false}");
	assert_json(
		json_array_get(changes, 2),
		"{\"change\": \"link made\", \"link\": \"ams-fra\", \"sites\": [\"ams\", "
		"\"fra\"], \"what\": \"gre 192.0.2.1 192.0.2.2, mtu 1476, ibgp\", \"restarts\": "
		"false}");
	assert_json(
		json_array_get(json_object_get(j, "sites"), 0),
		"{\"site\": \"ams\", \"made\": 2, \"removed\": 0, \"changed\": 0, \"renamed\": 0,"
		"\"replaced\": 0, \"restarts\": 0}");
	json_decref(j);
	plan_changes_free(c);
	done(&x);
}

static void no_changes_are_said_so(void **state)
{
	struct fixture x;

	(void)state;
	plan_list(&x, three_sites());
	struct plan_changes *c = plan_compare(x.plan, x.plan);

	render_changes_text(c, &x.out);
	assert_string_equal(text_str(&x.text), "no differences\n");
	text_reset(&x.text);
	render_changes_json(c, &x.out);
	json_t *j = parsed(&x.text);

	assert_json(j, "{\"changes\": [], \"sites\": []}");
	json_decref(j);
	plan_changes_free(c);
	done(&x);
}

static void columns_are_counted_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(table_columns(""), 0);
	assert_int_equal(table_columns("fra"), 3);
	assert_int_equal(table_columns("m\xc3\xbcnchen"), 7);
	assert_int_equal(table_columns("u\xcc\x88"), 1);		/* u and a combining mark */
	assert_int_equal(table_columns("\xe6\x9d\xb1\xe4\xba\xac"), 4); /* two wide characters */
	assert_int_equal(table_columns("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(table_columns("\xff\xc3"), 2); /* not UTF-8: as many as bytes */
}

static void a_long_name_is_cut_to_its_columns(void **state)
{
	char buf[64], small[8];

	(void)state;
	assert_string_equal(table_cut("Alpha", 5, buf, sizeof(buf)), "Alpha");
	assert_string_equal(table_cut("Alphabet", 5, buf, sizeof(buf)), "Alph\xe2\x80\xa6");
	assert_string_equal(table_cut("\xe6\x9d\xb1\xe4\xba\xac\xe9\xa7\x85", 5, buf, sizeof(buf)),
			    "\xe6\x9d\xb1\xe4\xba\xac\xe2\x80\xa6");
	assert_string_equal(table_cut("Alphabet", 7, small, sizeof(small)), "Alph\xe2\x80\xa6");
}

static void rows_end_with_their_last_cell(void **state)
{
	static const char *const head[] = {"A", "B", "C"};
	static const char *const row[] = {"long", "", ""}, *const full[] = {"x", "", "z"};
	struct table t;
	struct text text;

	(void)state;
	text_init(&text);
	table_init(&t, 3, head);
	table_measure(&t, row);
	table_measure(&t, full);
	table_row(&t, head, &text);
	table_row(&t, row, &text);
	table_row(&t, full, &text);
	assert_string_equal(text_str(&text), "A     B  C\n"
					     "long\n"
					     "x        z\n");
	text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_in_json_is_whole),
		cmocka_unit_test(a_link_in_json_is_whole),
		cmocka_unit_test(behind_nat_local_is_what_the_host_has_and_remote_what_others_see),
		cmocka_unit_test(one_sites_json_is_its_links_and_whom_they_join),
		cmocka_unit_test(names_of_any_kind_make_valid_json),
		cmocka_unit_test(an_empty_plan_is_valid_json),
		cmocka_unit_test(a_long_plan_comes_in_pieces),
		cmocka_unit_test(a_reader_that_is_gone_ends_it),
		cmocka_unit_test(the_whole_plan_as_tables),
		cmocka_unit_test(one_site_as_tables),
		cmocka_unit_test(changes_as_tables),
		cmocka_unit_test(changes_as_json),
		cmocka_unit_test(no_changes_are_said_so),
		cmocka_unit_test(columns_are_counted_not_bytes),
		cmocka_unit_test(a_long_name_is_cut_to_its_columns),
		cmocka_unit_test(rows_end_with_their_last_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
