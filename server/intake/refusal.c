#include "intake/refusal.h"

#include <assert.h>

/* clang-format off */
static const struct refusal_row rows[REFUSAL_COUNT] = {
    [REFUSAL_UNREADABLE] = { "file_unreadable", "ファイルを読めない（登録側の障害）",
        "the file could not be read: a failure of the registry's" },
    [REFUSAL_MEMORY] = { "memory_short", "メモリが足りない（登録側の障害）",
        "memory ran out: a failure of the registry's" },
    [REFUSAL_PACKING_BROKEN] = { "packing_broken", "圧縮形式が正しくない",
        "the packing is not what was announced, or damaged" },
    [REFUSAL_PACKING_TRUNCATED] = { "packing_truncated", "圧縮ファイルが途中で切れている",
        "the packed file breaks off" },
    [REFUSAL_PACKING_WINDOW] = { "packing_window_too_large", "圧縮の窓が大きすぎる（zstd は 16 MiB まで）",
        "the packing needs too large a window: at most 16 MiB with zstd" },
    [REFUSAL_PACKING_RATIO] = { "packing_ratio_too_high", "展開すると異常に大きくなる",
        "the file grows beyond measure when it is unpacked" },
    [REFUSAL_UNPACKED_TOO_LARGE] = { "unpacked_too_large", "展開後のサイズが上限を超える",
        "the file is too large once unpacked" },
    [REFUSAL_NOT_TEXT] = { "not_text", "指定された文字コードの文字列でない",
        "not text in the character set that was announced" },
    [REFUSAL_NUL_BYTE] = { "nul_byte", "NUL バイトがある", "a NUL byte in the text" },
    [REFUSAL_LINE_TOO_LONG] = { "line_too_long", "行が長すぎる（64 KiB まで）",
        "a row is longer than 64 KiB" },
    [REFUSAL_QUOTE_UNTERMINATED] = { "quote_unterminated", "引用符が閉じていない",
        "a quotation mark that is opened and never closed" },
    [REFUSAL_HEADER_MISSING] = { "header_missing", "見出し行が無い",
        "the first line names no column: the header is missing" },
    [REFUSAL_HEADER_BROKEN] = { "header_broken", "見出し行の引用符が正しくない",
        "the quotation marks of the header are wrong" },
    [REFUSAL_COLUMN_UNKNOWN] = { "column_unknown", "知られていない列がある",
        "columns of names that the format does not have" },
    [REFUSAL_COLUMN_REPEATED] = { "column_repeated", "同じ列が二度ある", "columns that stand there twice" },
    [REFUSAL_COLUMN_MISSING] = { "column_missing", "すべての処理に必要な列が無い",
        "columns that every operation needs are missing" },
    [REFUSAL_COLUMNS_TOO_MANY] = { "columns_too_many", "列が多すぎる", "too many columns" },
    [REFUSAL_NOT_JSON_LINES] = { "not_json_lines", "一行に一つの JSON オブジェクトでない",
        "the first line is no JSON object: one object on each line" },
    [REFUSAL_ROWS_TOO_MANY] = { "rows_too_many", "行が多すぎる（一千万行まで）",
        "too many rows: at most 10,000,000 in a file" },
    [REFUSAL_EMPTY_LINES] = { "empty_lines_too_many", "空行が多すぎる（十万行まで）",
                              "too many empty lines: at most 100,000 in a file" },
    [REFUSAL_FILE_EMPTY] = { "file_empty", "ファイルが空である", "the file is empty" },
    [REFUSAL_NO_ROWS] = { "no_rows", "行が一つも無い", "a header and no row" },
};
/* clang-format on */

const struct refusal_row *
refusal_info(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return &rows[refusal];
}
