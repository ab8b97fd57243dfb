// SPDX-License-Identifier: Apache-2.0
// What Verilator's FST writer calls of LZ4, for machines that have the library but not its headers.
// Where those are installed they are found first.
#ifndef CHRONAXIE_LZ4_H
#define CHRONAXIE_LZ4_H

extern "C" int LZ4_compressBound(int source_size);
extern "C" int LZ4_compress_default(const char* source, char* target, int source_size, int target_capacity);

#endif
