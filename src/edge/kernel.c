#include "edge/kernel.h"
