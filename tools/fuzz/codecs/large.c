// Writes a large sound picture row by row: large plain.png|interlaced.png|baseline.jpg|progressive.jpg SIDE PATH.
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static int side;

// Slow waves with some grain, so that neither format finds it trivial.
static void fill_row(unsigned char *row, int y) {
  static unsigned state = 1;
  for (int x = 0; x < side; x++) {
    state = state * 1664525 + 1013904223;
    for (int channel = 0; channel < 3; channel++) {
      row[3 * x + channel] = (unsigned char)((x * (channel + 1) + y * 2) * 255 / (3 * side) / 2 + (x % 16 == 0 ? state >> 28 : 0));
    }
  }
}

static int write_png(FILE *file, unsigned char *row, int interlace) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) return 1;
  png_init_io(png, file);
  png_set_IHDR(png, info, (png_uint_32)side, (png_uint_32)side, 8, PNG_COLOR_TYPE_RGB, interlace,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 1);
  png_set_filter(png, 0, PNG_FILTER_SUB);
  png_write_info(png, info);
  for (int pass = png_set_interlace_handling(png); pass > 0; pass--) {
    for (int y = 0; y < side; y++) {
      fill_row(row, y);
      png_write_row(png, row);
    }
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 0;
}

static int write_jpeg(FILE *file, unsigned char *row, int progressive) {
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = jpeg.image_height = (JDIMENSION)side;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  if (progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (int y = 0; y < side; y++) {
    fill_row(row, y);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4 || (side = atoi(argv[2])) < 1) return 64;
  FILE *file = fopen(argv[3], "wb");
  unsigned char *row = malloc((size_t)side * 3);
  if (file == NULL || row == NULL) return 73;
  int status = 64;
  if (strcmp(argv[1], "plain.png") == 0) status = write_png(file, row, PNG_INTERLACE_NONE);
  if (strcmp(argv[1], "interlaced.png") == 0) status = write_png(file, row, PNG_INTERLACE_ADAM7);
  if (strcmp(argv[1], "baseline.jpg") == 0) status = write_jpeg(file, row, 0);
  if (strcmp(argv[1], "progressive.jpg") == 0) status = write_jpeg(file, row, 1);
  free(row);
  return fclose(file) == 0 ? status : 74;
}
