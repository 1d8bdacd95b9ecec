# imssim.m4 - asking the compiler about its flags

# IMSSIM_APPEND_FLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE each flag of the list FLAGS that the compiler accepts without a murmur.
AC_DEFUN([IMSSIM_APPEND_FLAGS], [
  for imssim_flag in $2; do
    AC_MSG_CHECKING([whether $CC accepts $imssim_flag])
    imssim_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $imssim_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       $1="${$1:+$$1 }$imssim_flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$imssim_saved_CFLAGS
  done
])

# IMSSIM_CHECK_LINK(FLAGS, IF-YES, IF-NO)
# Can a program be compiled and linked with FLAGS?
AC_DEFUN([IMSSIM_CHECK_LINK], [
  AC_MSG_CHECKING([whether $CC links with $1])
  imssim_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [imssim_links=yes], [imssim_links=no])
  CFLAGS=$imssim_saved_CFLAGS
  AC_MSG_RESULT([$imssim_links])
  AS_IF([test "$imssim_links" = yes], [:
    $2], [:
    $3])
])
