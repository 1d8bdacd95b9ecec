/* main.c - imssim, a discrete-event simulator of IMS call flows. */
#include "app/app.h"

int main(int argc, char **argv)
{
    return app_main(argc, argv);
}
