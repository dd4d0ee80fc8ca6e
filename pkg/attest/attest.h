/* Attestation: what an enclave's document, and the image it was started from, prove. Nothing here
 * fetches, prints or asks the time: bytes, a policy and a time come in, a report of named checks
 * goes out. */
#pragma once

#include "cbor.h"
#include "cose.h"
#include "eif.h"
#include "nitro.h"
#include "report.h"
