"""Pictures, voice and video from strangers: known by their content, bounded before decoding, always made anew."""
