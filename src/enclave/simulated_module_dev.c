#include "enclave/simulated_module_dev.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/thread.h"
#include "codec/cbor.h"
#include "codec/hex.h"
#include "crypto/p384.h"

/* SHA-384 of this text is the private key of the root. */
#define ROOT_LABEL "coffer: root key of the simulated security module, known to everybody"

/* Self-signed once, until 2049: a signature of OpenSSL's is another one each time. */
static const uint8_t root_der[] = {
    0x30, 0x82, 0x01, 0xe3, 0x30, 0x82, 0x01, 0x69, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01,
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03, 0x30, 0x4a, 0x31, 0x2b,
    0x30, 0x29, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x22, 0x43, 0x6f, 0x66, 0x66, 0x65, 0x72, 0x20,
    0x64, 0x65, 0x76, 0x65, 0x6c, 0x6f, 0x70, 0x6d, 0x65, 0x6e, 0x74, 0x3a, 0x20, 0x70, 0x72, 0x6f,
    0x76, 0x65, 0x73, 0x20, 0x6e, 0x6f, 0x74, 0x68, 0x69, 0x6e, 0x67, 0x31, 0x1b, 0x30, 0x19, 0x06,
    0x03, 0x55, 0x04, 0x03, 0x0c, 0x12, 0x73, 0x69, 0x6d, 0x75, 0x6c, 0x61, 0x74, 0x65, 0x64, 0x2d,
    0x65, 0x6e, 0x63, 0x6c, 0x61, 0x76, 0x65, 0x73, 0x30, 0x1e, 0x17, 0x0d, 0x32, 0x30, 0x30, 0x31,
    0x30, 0x31, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x5a, 0x17, 0x0d, 0x34, 0x39, 0x31, 0x32, 0x33,
    0x31, 0x32, 0x33, 0x35, 0x39, 0x35, 0x39, 0x5a, 0x30, 0x4a, 0x31, 0x2b, 0x30, 0x29, 0x06, 0x03,
    0x55, 0x04, 0x0a, 0x0c, 0x22, 0x43, 0x6f, 0x66, 0x66, 0x65, 0x72, 0x20, 0x64, 0x65, 0x76, 0x65,
    0x6c, 0x6f, 0x70, 0x6d, 0x65, 0x6e, 0x74, 0x3a, 0x20, 0x70, 0x72, 0x6f, 0x76, 0x65, 0x73, 0x20,
    0x6e, 0x6f, 0x74, 0x68, 0x69, 0x6e, 0x67, 0x31, 0x1b, 0x30, 0x19, 0x06, 0x03, 0x55, 0x04, 0x03,
    0x0c, 0x12, 0x73, 0x69, 0x6d, 0x75, 0x6c, 0x61, 0x74, 0x65, 0x64, 0x2d, 0x65, 0x6e, 0x63, 0x6c,
    0x61, 0x76, 0x65, 0x73, 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04, 0x8d, 0x9a, 0x40, 0xd9,
    0xcb, 0xd3, 0x44, 0x72, 0x14, 0xbd, 0xfc, 0xd6, 0x75, 0x7d, 0x0a, 0x13, 0x86, 0x3d, 0x30, 0xb7,
    0x44, 0xba, 0xc3, 0x05, 0xae, 0x36, 0xf6, 0xe9, 0xcd, 0x30, 0x94, 0xa0, 0x25, 0xa2, 0x68, 0xfa,
    0xf8, 0x1c, 0x42, 0x26, 0x3f, 0x1c, 0x22, 0x03, 0x4d, 0x3d, 0x2c, 0x76, 0x6f, 0x80, 0xd4, 0xac,
    0xf0, 0x58, 0xb3, 0xcd, 0x84, 0xe2, 0x71, 0xd0, 0x6a, 0xa5, 0x21, 0x7c, 0xb8, 0x85, 0x85, 0x31,
    0x3f, 0x25, 0x05, 0x71, 0xea, 0xc0, 0x5b, 0x09, 0x9d, 0xc9, 0xef, 0x3b, 0xe1, 0x23, 0x53, 0xe0,
    0x98, 0x72, 0x32, 0x4a, 0xdc, 0x5b, 0x08, 0x79, 0x8b, 0x23, 0x5d, 0x43, 0xa3, 0x23, 0x30, 0x21,
    0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01,
    0xff, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x01,
    0x06, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03, 0x03, 0x68, 0x00,
    0x30, 0x65, 0x02, 0x30, 0x4b, 0x0b, 0x2d, 0xf7, 0x29, 0x61, 0x00, 0xeb, 0x44, 0x62, 0x3b, 0x0b,
    0x0b, 0x27, 0x58, 0x51, 0xff, 0x98, 0x90, 0xc8, 0xf3, 0xc1, 0x9b, 0x01, 0xf1, 0xa1, 0xfa, 0x61,
    0x20, 0xaf, 0x44, 0x5c, 0x3b, 0xa4, 0x46, 0xb1, 0xe9, 0xbb, 0xae, 0x9a, 0xc2, 0x72, 0x9d, 0x87,
    0x3b, 0x0e, 0xc8, 0xd5, 0x02, 0x31, 0x00, 0xf1, 0x05, 0xdc, 0xab, 0xd6, 0xfd, 0x41, 0x73, 0x3c,
    0xe7, 0xdd, 0xd9, 0xef, 0x1e, 0x65, 0x77, 0xf6, 0xf9, 0x17, 0xab, 0x46, 0xc6, 0x6a, 0x0c, 0x9f,
    0x67, 0x93, 0xf6, 0xbd, 0xd9, 0xf0, 0x4d, 0x64, 0xff, 0x86, 0xb1, 0xf6, 0xff, 0x51, 0xe6, 0xc9,
    0x2b, 0x1c, 0x35, 0x74, 0x9e, 0xdb, 0x14,
};

enum {
    DIGEST = 48,
    SIGNATURE_HALF = 48,
    CERTIFICATE_MAX = 1024,
    PAYLOAD_MAX = 8192,
    ID_RANDOM = 8,
    ID_MAX = 64,
    EARLY_S = 300,
    AUTHORITY_S = 24 * 3600,
    LEAF_S = 3 * 3600,
};

struct simulated_module_dev {
    struct clock clock;
    struct entropy entropy;
    struct mem *mem;
    char id[ID_MAX];
    struct thread_lock lock; /* of what follows */
    uint8_t pcrs[SECURITY_MODULE_REGISTERS][SECURITY_MODULE_PCR];
    uint32_t locked; /* a bit for each register */
};

/* Of one document: who signs it. */
struct signer {
    EVP_PKEY *authority_key;
    EVP_PKEY *leaf_key;
    X509 *root;
    X509 *authority;
    X509 *leaf;
};

static void signer_free(struct signer *signer)
{
    X509_free(signer->leaf);
    X509_free(signer->authority);
    X509_free(signer->root);
    EVP_PKEY_free(signer->leaf_key);
    EVP_PKEY_free(signer->authority_key);
}

/* --- keys --- */

static struct status hash(struct bytes data, uint8_t ret[static DIGEST])
{
    bool is_done = EVP_Digest(data.ptr, data.len, ret, NULL, EVP_sha384(), NULL) == 1;
    return is_done ? OK : FAIL(SECURITY_MODULE);
}

static OSSL_PARAM *key_parameters(const struct p384_key *key, const struct p384_point *point)
{
    OSSL_PARAM *parameters = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *number = BN_bin2bn(key->d, sizeof key->d, NULL);
    if (builder != NULL && number != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point->sec1,
                                         sizeof point->sec1) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1) {
        parameters = OSSL_PARAM_BLD_to_param(builder);
    }
    BN_clear_free(number);
    OSSL_PARAM_BLD_free(builder);
    return parameters;
}

static struct status load_key(const struct p384_key *key, EVP_PKEY **ret)
{
    struct p384_point point;
    *ret = NULL;
    TRY(p384_public(key, &point));
    OSSL_PARAM *parameters = key_parameters(key, &point);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    bool is_loaded = parameters != NULL && context != NULL &&
                     EVP_PKEY_fromdata_init(context) == 1 &&
                     EVP_PKEY_fromdata(context, ret, EVP_PKEY_KEYPAIR, parameters) == 1;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return is_loaded ? OK : FAIL(SECURITY_MODULE);
}

static struct status new_key(const struct entropy *entropy, EVP_PKEY **ret)
{
    SECRET(p384_key, key);
    TRY(p384_key_generate(entropy, &key));
    return load_key(&key, ret);
}

static struct status root_key(EVP_PKEY **ret)
{
    SECRET(p384_key, key);
    uint8_t digest[DIGEST];
    TRY(hash(BYTES_LITERAL(ROOT_LABEL), digest));
    TRY(p384_key_from(digest, &key));
    return load_key(&key, ret);
}

/* --- certificates --- */

static bool add_extension(X509 *certificate, int name, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, name, value);
    bool is_added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_extensions(X509 *certificate, bool is_leaf)
{
    return add_extension(certificate, NID_basic_constraints,
                         is_leaf ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, NID_key_usage,
                         is_leaf ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
}

static bool set_names(X509 *certificate, const char *name, const X509 *issuer)
{
    const uint8_t *text = (const uint8_t *)name;
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, text,
                                      -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1;
}

static bool set_times(X509 *certificate, time_t now_s, bool is_leaf)
{
    time_t end = now_s + (is_leaf ? LEAF_S : AUTHORITY_S);
    return ASN1_TIME_set(X509_getm_notBefore(certificate), now_s - EARLY_S) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), end) != NULL;
}

/* What a certificate says. */
struct subject {
    const char *name;
    EVP_PKEY *key;
    time_t now_s;
    bool is_leaf;
};

static struct status certify(const struct subject *subject, const X509 *issuer, EVP_PKEY *by,
                             X509 **ret)
{
    *ret = X509_new();
    bool is_made = *ret != NULL && X509_set_version(*ret, X509_VERSION_3) == 1 &&
                   set_names(*ret, subject->name, issuer) &&
                   set_times(*ret, subject->now_s, subject->is_leaf) &&
                   X509_set_pubkey(*ret, subject->key) == 1 &&
                   add_extensions(*ret, subject->is_leaf) && X509_sign(*ret, by, EVP_sha384()) > 0;
    return is_made ? OK : FAIL(SECURITY_MODULE);
}

static struct status certify_both(struct signer *signer, EVP_PKEY *root, time_t now_s)
{
    const uint8_t *at = root_der;
    const struct subject authority = {"simulated-authority", signer->authority_key, now_s, false};
    const struct subject leaf = {"simulated-enclave", signer->leaf_key, now_s, true};
    signer->root = d2i_X509(NULL, &at, sizeof root_der);
    if (signer->root == NULL) {
        return FAIL(SECURITY_MODULE);
    }
    TRY(certify(&authority, signer->root, root, &signer->authority));
    return certify(&leaf, signer->authority, signer->authority_key, &signer->leaf);
}

static struct status make_signer(const struct entropy *entropy, time_t now_s, struct signer *ret)
{
    EVP_PKEY *root = NULL;
    TRY(new_key(entropy, &ret->authority_key));
    TRY(new_key(entropy, &ret->leaf_key));
    struct status status = root_key(&root);
    status = status_is_ok(status) ? certify_both(ret, root, now_s) : status;
    EVP_PKEY_free(root);
    return status;
}

/* --- the document --- */

static void put_certificate(struct buf *out, X509 *certificate)
{
    uint8_t memory[CERTIFICATE_MAX];
    uint8_t *at = memory;
    int len = i2d_X509(certificate, NULL);
    if (len <= 0 || len > CERTIFICATE_MAX) {
        out->failed = true;
        return;
    }
    (void)i2d_X509(certificate, &at);
    cbor_put_bytes(out, (struct bytes){memory, (size_t)len});
}

static void put_pcrs(struct buf *out, struct simulated_module_dev *module)
{
    thread_lock_take(&module->lock);
    cbor_put_map(out, (uint64_t)__builtin_popcount(module->locked));
    for (unsigned i = 0; i < SECURITY_MODULE_REGISTERS; i++) {
        if ((module->locked >> i & 1) != 0) {
            cbor_put_uint(out, i);
            cbor_put_bytes(out, BYTES_ARRAY(module->pcrs[i]));
        }
    }
    thread_lock_give(&module->lock);
}

static void put_optional(struct buf *out, const char *name, struct bytes content)
{
    cbor_put_text(out, name);
    if (content.len == 0) {
        cbor_put_null(out);
    } else {
        cbor_put_bytes(out, content);
    }
}

static void put_payload(struct buf *out, struct simulated_module_dev *module,
                        const struct security_module_request *request, const struct signer *signer)
{
    enum { MEMBERS = 9, AUTHORITIES = 2 };
    cbor_put_map(out, MEMBERS);
    cbor_put_text(out, "module_id");
    cbor_put_text(out, module->id);
    cbor_put_text(out, "digest");
    cbor_put_text(out, "SHA384");
    cbor_put_text(out, "timestamp");
    cbor_put_uint(out, clock_wall(&module->clock).lo_ms);
    cbor_put_text(out, "pcrs");
    put_pcrs(out, module);
    cbor_put_text(out, "certificate");
    put_certificate(out, signer->leaf);
    cbor_put_text(out, "cabundle");
    cbor_put_array(out, AUTHORITIES);
    cbor_put_bytes(out, BYTES_ARRAY(root_der));
    put_certificate(out, signer->authority);
    put_optional(out, "public_key", request->public_key);
    put_optional(out, "user_data", request->user_data);
    put_optional(out, "nonce", request->nonce);
}

static struct status sign_text(EVP_PKEY *key, struct bytes text,
                               uint8_t ret[static 2 * SIGNATURE_HALF])
{
    uint8_t der[256];
    size_t len = sizeof der;
    const uint8_t *at = der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_signed = context != NULL &&
                     EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
                     EVP_DigestSign(context, der, &len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    ECDSA_SIG *both = is_signed ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;
    is_signed = both != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(both), ret, SIGNATURE_HALF) == SIGNATURE_HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(both), ret + SIGNATURE_HALF, SIGNATURE_HALF) ==
                    SIGNATURE_HALF;
    ECDSA_SIG_free(both);
    return is_signed ? OK : FAIL(SECURITY_MODULE);
}

/* COSE_Sign1, untagged; what is signed has a context and no header that is not protected. */
static struct status put_signed(struct buf *out, struct bytes payload, EVP_PKEY *key)
{
    enum { PARTS = 4 };
    static const uint8_t es384[] = {0xa1, 0x01, 0x38, 0x22}; /* a map: algorithm, -35 */
    uint8_t memory[PAYLOAD_MAX + 64];
    uint8_t signature[2 * SIGNATURE_HALF];
    struct buf text = buf_over(memory, sizeof memory);
    cbor_put_array(&text, PARTS);
    cbor_put_text(&text, "Signature1");
    cbor_put_bytes(&text, BYTES_ARRAY(es384));
    cbor_put_bytes(&text, (struct bytes){NULL, 0});
    cbor_put_bytes(&text, payload);
    TRY(buf_check(&text));
    TRY(sign_text(key, buf_bytes(&text), signature));
    cbor_put_array(out, PARTS);
    cbor_put_bytes(out, BYTES_ARRAY(es384));
    cbor_put_map(out, 0);
    cbor_put_bytes(out, payload);
    cbor_put_bytes(out, BYTES_ARRAY(signature));
    return buf_check(out);
}

static struct status attest(void *context, const struct security_module_request *request,
                            struct buf *out)
{
    struct simulated_module_dev *module = context;
    __attribute__((cleanup(signer_free))) struct signer signer = {NULL, NULL, NULL, NULL, NULL};
    uint8_t memory[PAYLOAD_MAX];
    struct buf payload = buf_over(memory, sizeof memory);
    time_t now_s = (time_t)(clock_wall(&module->clock).lo_ms / 1000);
    TRY(make_signer(&module->entropy, now_s, &signer));
    put_payload(&payload, module, request, &signer);
    TRY(buf_check(&payload));
    return put_signed(out, buf_bytes(&payload), signer.leaf_key);
}

/* --- the registers --- */

static struct status extend(void *context, unsigned index, struct bytes data)
{
    struct simulated_module_dev *module = context;
    uint8_t memory[SECURITY_MODULE_PCR + SECURITY_MODULE_DATA];
    struct buf text = buf_over(memory, sizeof memory);
    struct status status = FAIL(SECURITY_MODULE);
    thread_lock_take(&module->lock);
    if ((module->locked >> index & 1) == 0) {
        buf_put(&text, BYTES_ARRAY(module->pcrs[index]));
        buf_put(&text, data);
        status = hash(buf_bytes(&text), module->pcrs[index]);
    }
    thread_lock_give(&module->lock);
    return status;
}

static struct status lock(void *context, unsigned index)
{
    struct simulated_module_dev *module = context;
    thread_lock_take(&module->lock);
    module->locked |= 1U << index;
    thread_lock_give(&module->lock);
    return OK;
}

struct status
simulated_module_dev_measure(const char *image,
                             uint8_t ret[static SIMULATED_MODULE_DEV_MEASURED][SECURITY_MODULE_PCR])
{
    memset(ret, 0, (size_t)SIMULATED_MODULE_DEV_MEASURED * SECURITY_MODULE_PCR);
    for (unsigned i = 0; i < SIMULATED_MODULE_DEV_MEASURED; i++) {
        uint8_t memory[256];
        struct buf text = buf_over(memory, sizeof memory);
        buf_put_text(&text, "coffer: simulated image, register ");
        buf_put_decimal(&text, i);
        buf_put_u8(&text, ' ');
        buf_put_text(&text, image);
        TRY(buf_check(&text));
        TRY(hash(buf_bytes(&text), ret[i]));
    }
    return OK;
}

/* --- the module --- */

static struct status name_it(struct simulated_module_dev *module)
{
    uint8_t random[ID_RANDOM];
    struct buf text = buf_over((uint8_t *)module->id, sizeof module->id - 1);
    TRY(entropy_fill(&module->entropy, random, sizeof random));
    buf_put_text(&text, "i-0simulated0module-enc");
    hex_put(&text, BYTES_ARRAY(random));
    return buf_check(&text);
}

struct status simulated_module_dev_open(const struct simulated_module_dev_setup *setup,
                                        struct simulated_module_dev **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &block));
    struct simulated_module_dev *module = block;
    module->clock = setup->clock;
    module->entropy = setup->entropy;
    module->mem = setup->mem;
    module->locked = (1U << SECURITY_MODULE_OURS) - 1;
    thread_lock_init(&module->lock);
    struct status status = name_it(module);
    status =
        status_is_ok(status) ? simulated_module_dev_measure(setup->image, module->pcrs) : status;
    *ret = module;
    if (!status_is_ok(status)) {
        simulated_module_dev_close(ret);
    }
    return status;
}

void simulated_module_dev_close(struct simulated_module_dev **module)
{
    void *block = *module;
    if (block != NULL) {
        struct mem *mem = (*module)->mem;
        thread_lock_deinit(&(*module)->lock);
        mem_free(mem, &block);
        *module = NULL;
    }
}

struct security_module simulated_module_dev_port(struct simulated_module_dev *module)
{
    return (struct security_module){module, attest, extend, lock};
}

struct bytes simulated_module_dev_root(void)
{
    return BYTES_ARRAY(root_der);
}
