/*
 * Copyright (c) 2026 The applikatonid authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Plans: the tables of their fields.
 */

#include "config.h"

#include <stddef.h>

#include "plan.h"

#define E	PROC_BIT(PROC_ENGINE)

#define FIELD(type, name, kind) \
	{ FIELD_##kind, offsetof(struct type, name), E, NULL, 0 }
#define FIELD_LIST(type, name, record) \
	{ FIELD_RECORDS, offsetof(struct type, name), E, &record, 0 }
#define FIELDS_END \
	{ FIELD_END, 0, 0, NULL, 0 }

static const struct field plan_script_fields[] = {
	FIELD(plan_script, stage, STRING),
	FIELD(plan_script, commands, STRINGS),
	FIELDS_END
};
static const struct record plan_script_record = {
	sizeof(struct plan_script), plan_script_fields
};

static const struct field plan_role_fields[] = {
	FIELD(plan_role, name, STRING),
	FIELD_LIST(plan_role, scripts, plan_script_record),
	FIELDS_END
};
static const struct record plan_role_record = {
	sizeof(struct plan_role), plan_role_fields
};

static const struct field plan_host_fields[] = {
	FIELD(plan_host, origin, STRING),
	FIELD(plan_host, roles, STRINGS),
	FIELDS_END
};
static const struct record plan_host_record = {
	sizeof(struct plan_host), plan_host_fields
};

static const struct field plan_fields[] = {
	FIELD(plan, error, STRING),
	FIELD(plan, stages, STRINGS),
	FIELD_LIST(plan, roles, plan_role_record),
	FIELD_LIST(plan, hosts, plan_host_record),
	FIELDS_END
};
const struct record plan_record = { sizeof(struct plan), plan_fields };

struct plan *
plan_new(void)
{
	return record_new(&plan_record);
}

void
plan_free(struct plan *plan)
{
	record_free(&plan_record, plan);
}

bool
plan_is_whole(const struct plan *plan)
{
	const struct plan_role	*role;
	size_t			 i, k;

	for (i = 0; i < plan->hosts.n; i++)
		if (plan->hosts.v[i]->origin == NULL)
			return false;
	for (i = 0; i < plan->roles.n; i++) {
		role = plan->roles.v[i];
		if (role->name == NULL)
			return false;
		for (k = 0; k < role->scripts.n; k++)
			if (role->scripts.v[k]->stage == NULL)
				return false;
	}
	return true;
}
