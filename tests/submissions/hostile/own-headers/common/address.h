#error "REACHED: a header of the submission was taken"
