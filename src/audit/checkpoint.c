#include "audit/checkpoint.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"
#include "codec/json_out.h"

static void join(const uint8_t left[static SHA256_BYTES], const uint8_t right[static SHA256_BYTES],
                 uint8_t ret[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("\1"));
    sha256_update(&sha, (struct bytes){left, SHA256_BYTES});
    sha256_update(&sha, (struct bytes){right, SHA256_BYTES});
    sha256_final(&sha, ret);
}

void checkpoint_tree_add(struct checkpoint_tree *tree, const uint8_t leaf[static SHA256_BYTES])
{
    uint8_t carry[SHA256_BYTES];
    size_t level = 0;
    memcpy(carry, leaf, sizeof carry);
    while ((tree->count >> level & 1) != 0) {
        join(tree->peaks[level], carry, carry);
        level++;
    }
    INVARIANT(level < CHECKPOINT_LEVELS);
    memcpy(tree->peaks[level], carry, sizeof carry);
    tree->count++;
}

void checkpoint_tree_root(const struct checkpoint_tree *tree, uint8_t ret_root[static SHA256_BYTES])
{
    bool any = false;
    for (size_t level = 0; level < CHECKPOINT_LEVELS; level++) {
        if ((tree->count >> level & 1) == 0) {
            continue;
        }
        if (any) {
            join(tree->peaks[level], ret_root, ret_root);
        } else {
            memcpy(ret_root, tree->peaks[level], SHA256_BYTES);
        }
        any = true;
    }
    if (!any) {
        sha256_hash((struct bytes){NULL, 0}, ret_root);
    }
}

void checkpoint_init(struct checkpoint_chain *chain, const uint8_t boot[static AUDIT_BOOT_BYTES])
{
    memset(chain, 0, sizeof *chain);
    memcpy(chain->boot, boot, AUDIT_BOOT_BYTES);
}

void checkpoint_record(struct checkpoint_chain *chain, uint32_t lane,
                       const uint8_t hash[static SHA256_BYTES])
{
    INVARIANT(lane < LIMIT_LOOPS);
    checkpoint_tree_add(&chain->lanes[lane].tree, hash);
    chain->lanes[lane].seq++;
    chain->records++;
}

/* Which records it stands for: of each lane that has any, the last. */
static void put_lanes(struct json_out *json, const struct checkpoint_chain *chain,
                      struct checkpoint_tree *ret_tree)
{
    uint8_t root[SHA256_BYTES];
    json_out_name(json, "lanes");
    json_out_array(json);
    for (size_t i = 0; i < LIMIT_LOOPS; i++) {
        const struct checkpoint_lane *lane = &chain->lanes[i];
        if (lane->tree.count == 0) {
            continue;
        }
        json_out_object(json);
        json_out_member_u64(json, "lane", i);
        json_out_member_u64(json, "seq", lane->seq - 1);
        json_out_object_end(json);
        checkpoint_tree_root(&lane->tree, root);
        checkpoint_tree_add(ret_tree, root);
    }
    json_out_array_end(json);
}

static void put_address(struct json_out *json, const char *name, struct bytes bytes)
{
    uint8_t memory[2 + 2 * CHECKPOINT_SIGNATURE];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "0x");
    hex_put(&text, bytes);
    json_out_member_string(json, name, buf_bytes(&text));
}

static void put_hash(struct json_out *json, const char *name, struct bytes bytes)
{
    uint8_t memory[2 * SHA256_BYTES];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, bytes);
    json_out_member_string(json, name, buf_bytes(&text));
}

struct status checkpoint_text(const struct checkpoint_chain *chain,
                              const uint8_t node[static CHECKPOINT_NODE], struct clock_interval at,
                              struct buf *out)
{
    struct checkpoint_tree tree = {0};
    uint8_t root[SHA256_BYTES];
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_u64(&json, "v", AUDIT_VERSION);
    json_out_member_text(&json, "type", "checkpoint");
    put_address(&json, "node", (struct bytes){node, CHECKPOINT_NODE});
    put_hash(&json, "boot", BYTES_ARRAY(chain->boot));
    json_out_member_u64(&json, "n", chain->n);
    put_hash(&json, "prev", BYTES_ARRAY(chain->prev));
    put_lanes(&json, chain, &tree);
    checkpoint_tree_root(&tree, root);
    put_hash(&json, "root", BYTES_ARRAY(root));
    json_out_name(&json, "peers");
    json_out_array(&json);
    json_out_array_end(&json);
    json_out_member_u64(&json, "dropped", 0);
    json_out_member_null(&json, "block");
    json_out_member_u64(&json, "t_lo", at.lo_ms);
    json_out_member_u64(&json, "t_hi", at.hi_ms);
    json_out_object_end(&json);
    return buf_check(out);
}

void checkpoint_next(struct checkpoint_chain *chain, struct bytes line)
{
    audit_lane_hash(line, chain->prev);
    chain->n++;
    chain->records = 0;
    for (size_t i = 0; i < LIMIT_LOOPS; i++) {
        chain->lanes[i].tree.count = 0;
    }
}

struct status checkpoint_append(struct checkpoint_chain *chain,
                                const struct checkpoint_signer *signer, struct clock_interval at,
                                struct buf *out)
{
    size_t start = out->len;
    uint8_t signature[CHECKPOINT_SIGNATURE];
    TRY(checkpoint_text(chain, signer->node, at, out));
    struct bytes text = bytes_slice(buf_bytes(out), start, SIZE_MAX);
    TRY(signer->sign(signer->context, text, signature));
    out->len--; /* the brace */
    buf_put_text(out, ",\"sig\":\"0x");
    hex_put(out, BYTES_ARRAY(signature));
    buf_put_text(out, "\"}");
    struct bytes line = bytes_slice(buf_bytes(out), start, SIZE_MAX);
    buf_put_u8(out, '\n');
    TRY(buf_check(out));
    INVARIANT(line.len == text.len + CHECKPOINT_SIGNED && line.len <= LIMIT_AUDIT_LINE);
    checkpoint_next(chain, line);
    return OK;
}
