/* image_sweep_test.c - what a record names stays, and when one cannot be read,
 * everything does. */

#include "agent/os/image_sweep.h"

#include "agent/os/trash.h"
#include "base/message.h"
#include "proto/record.pb-c.h"
#include "tests/test.h"
#include "tests/unit/place.h"

#define HEX "0123456789abcdef0123456789abcdef"

static struct trash *trash;

static void write_record(const char *name, char *layer, char *blob)
{
    Mezzo__Record__Image image = MEZZO__RECORD__IMAGE__INIT;
    char path[128];
    uint8_t *bytes;
    size_t size;

    image.digest = (char *)"sha256:" HEX HEX;
    image.reference = (char *)"debian";
    image.n_layers = image.n_blobs = 1;
    image.layers = &layer;
    image.blobs = &blob;
    bytes = message_pack(&image.base, &size);
    snprintf(path, sizeof path, "records/%s", name);
    place_write(path, bytes, size);
    free(bytes);
}

static void make_store(void)
{
    static const char *const directories[] = {
        "records",    "layouts",   "layouts/1",    "layers",
        "layers/aa",  "layers/bb", "layers/cc",    "layers/empty",
        "layers/.of", "blobs",     "blobs/sha256",
    };

    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        place_mkdir(directories[i]);
    place_write_text("layers/cc/f", "x");
    place_write_text("blobs/sha256/ba", "x");
    place_write_text("blobs/sha256/bb", "x");
    place_write_text("blobs/sha256/bc", "x");
    write_record(HEX HEX, (char *)"bb", (char *)"bb");
    write_record("f" HEX "123456789abcdef0123456789abcdef", (char *)"aa",
                 (char *)"ba");
}

static bool is_all_there(void)
{
    return place_has("layouts/1") && place_has("layers/cc/f") &&
           place_has("blobs/sha256/bc");
}

static void nothing_goes_when_a_record_is_damaged(void)
{
    static const char damaged[] = "\x0a\xff";

    place_write("records/" HEX, damaged, sizeof damaged);
    image_sweep(place, trash); /* its name is none: half written */
    CHECK(!place_has("layers/cc"));
    place_mkdir("layers/cc");
    place_write_text("layers/cc/f", "x");
    place_write_text("blobs/sha256/bc", "x");
    place_mkdir("layouts/1");
    place_write("records/" HEX "fedcba9876543210fedcba9876543210", damaged,
                sizeof damaged);
    image_sweep(place, trash);
    CHECK(is_all_there());
    unlink(place_path("records/" HEX "fedcba9876543210fedcba9876543210"));
}

static void what_no_record_names_goes(void)
{
    image_sweep(place, trash);
    CHECK(place_has("layers/aa") && place_has("layers/bb"));
    CHECK(place_has("layers/empty") && place_has("layers/.of"));
    CHECK(place_has("blobs/sha256/ba") && place_has("blobs/sha256/bb"));
    CHECK(!place_has("layers/cc") && !place_has("blobs/sha256/bc"));
    CHECK(!place_has("layouts/1") && place_has("layouts"));
}

static void a_layer_goes_with_its_last_record(void)
{
    unlink(place_path("records/" HEX HEX));
    image_sweep(place, trash);
    CHECK(place_has("layers/aa") && !place_has("layers/bb"));
    CHECK(!place_has("blobs/sha256/bb"));
}

static void nothing_goes_without_the_records(void)
{
    CHECK(rename(place_path("records"), place_path("elsewhere")) == 0);
    image_sweep(place, trash);
    CHECK(place_has("layers/aa") && place_has("blobs/sha256/ba"));
}

int main(void)
{
    place_make();
    CHECK(trash_open(place, &trash, NULL) == 0);
    make_store();
    nothing_goes_when_a_record_is_damaged();
    what_no_record_names_goes();
    a_layer_goes_with_its_last_record();
    nothing_goes_without_the_records();
    trash_close(trash);
    place_remove();
    return test_done();
}
