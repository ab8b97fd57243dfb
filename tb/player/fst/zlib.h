// SPDX-License-Identifier: Apache-2.0
// What Verilator's FST writer calls of zlib, for machines that have the library but not its headers.
// Where those are installed they are found first.
#ifndef CHRONAXIE_ZLIB_H
#define CHRONAXIE_ZLIB_H

#define Z_OK 0

typedef unsigned char Bytef;
typedef unsigned long uLong;
typedef unsigned long uLongf;

extern "C" uLong compressBound(uLong source_length);
extern "C" int compress2(Bytef* target, uLongf* target_length, const Bytef* source, uLong source_length, int level);

#endif
