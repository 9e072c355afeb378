"""What is shipped beside the code: images, compose file, settings, documents, CI."""
